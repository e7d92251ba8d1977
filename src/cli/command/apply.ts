import type { Command } from 'commander'
import { type Choice, type PutOptions, putInPlace, withPut } from '../../node/apply.ts'
import { requireSpec, withSpec } from '../flag/spec-argument.ts'
import { documented } from '../help/help.ts'
import { readInput } from '../input/files.ts'
import { planIn, requireFresh, requireThisNode } from '../input/plan.ts'
import { type PlaceOptions, specIn, withPlace } from '../input/spec-file.ts'

interface Options extends PutOptions, PlaceOptions {
  file?: string
  allowOlder?: boolean
  allowOtherCluster?: boolean
}

export function applyCommand(program: Command): void {
  const command = withPut(
    withPlace(
      withSpec(
        program.command('apply').summary('make this node do what the spec says, by the smallest safe change'),
        'the spec, or a plan that diff --out wrote; - for stdin',
      ),
    ),
  )
    .option('--allow-older', 'take a revision that another one has replaced here')
    .option('--allow-other-cluster', 'take a spec of another cluster than the last one')
    .action(run)
  documented(command, {
    examples: [
      ['balancing apply -f spec.yaml --dry-run', 'what would change here'],
      ['balancing apply -f spec.yaml', 'make it so; a second time it changes nothing'],
      ['balancing apply -f plan.json', 'what a plan says, exactly, or nothing'],
      ['balancing apply -f spec.yaml --external', 'on a host outside the cluster that has routes to pods'],
    ],
    exits: {
      0: 'the node does what the spec says',
      3: 'invalid input, or what looks like a mistake: each refusal names the flag for when it is none, --force is for all',
      4: 'the node is not ready: permissions, cgroup2, bpffs, bpftool, another apply at work',
      5: 'it failed, the old state is intact',
      6: 'it failed half-way; every frontend is wholly old or wholly new: run it again',
      7: 'the plan is stale: the node is not as it was when the plan was made',
    },
  })
}

async function run(argument: string | undefined, options: Options): Promise<void> {
  const path = requireSpec('apply', argument, options.file)
  // Before the lock: stdin may take its time.
  const bytes = await readInput(path)
  await putInPlace(options, () => choose(bytes, path, options))
}

function choose(bytes: Buffer, path: string, options: Options): Choice {
  const { allowOlder, allowOtherCluster } = options
  const plan = planIn(bytes, path)
  const given = { place: options, by: 'apply', allowOlder, allowOtherCluster } as const
  if (!plan) return { spec: specIn(bytes, path), ...given }
  requireThisNode(plan, options)
  const spec = specIn(Buffer.from(plan.spec), path)
  return { spec, ...given, require: (node, work, names) => requireFresh(plan, path, node, work, names) }
}
