// SPDX-License-Identifier: Apache-2.0
import type { Command } from 'commander'
import { type ApplyRequest, apply } from '../../node/apply.ts'
import type { Waiver } from '../../node/guards/guards.ts'
import { lockNode } from '../../node/lock-node.ts'
import { type ApplyOptions, requestOf, showResult, withApply } from '../flag/apply-options.ts'
import { requireSpec, withSpec } from '../flag/spec-argument.ts'
import { historyOf, targetOf } from '../flag/target.ts'
import { documented } from '../help/help.ts'
import { LEGEND } from '../help/legend.ts'
import { planIn } from '../input/plan.ts'
import { chosenNode, type NodeChoice, specIn, withNodeChoice } from '../input/spec-file.ts'
import { readSpecInput, type SpecInput } from '../input/spec-input.ts'
import { showEvent } from '../output/events.ts'
import { progress } from '../output/streams.ts'

interface Options extends ApplyOptions, NodeChoice {
  file?: string
  allowOlder?: boolean
  allowOtherCluster?: boolean
}

export function applyCommand(program: Command): void {
  const command = withApply(
    withNodeChoice(
      withSpec(
        program.command('apply').summary('make this node serve a spec, by the smallest safe change'),
        'the spec, or a plan that diff --out wrote; - for stdin',
      ),
    ),
    'auto',
  )
    .option('--allow-older', 'accept a revision that another one replaced here')
    .option('--allow-other-cluster', 'accept a spec of another cluster than the one applied last')
    .action(run)
  documented(command, {
    examples: [
      ['balancing apply spec.yaml --dry-run', 'show what would change on this node'],
      ['balancing apply spec.yaml', 'make this node serve the spec; run again, it changes nothing'],
      ['balancing apply plan.json', 'do exactly what a plan says, or nothing'],
      ['balancing apply spec.yaml --external', 'serve a host outside the cluster that has routes to pods'],
    ],
    legend: LEGEND,
    exits: {
      0: 'the node serves the spec',
      3: 'the input is invalid, or the change looks like a mistake: the message names the flag that accepts it, --force accepts all',
      4: 'the node is not ready: permissions, cgroup2, bpffs, bpftool, or another apply runs',
      5: 'it failed, the old state is intact',
      6: 'it failed half-way; every frontend is wholly old or wholly new: run it again',
      7: 'the plan is stale: the node has changed since',
      8: 'the node serves the spec, but the answer could not be written',
    },
  })
}

async function run(argument: string | undefined, options: Options): Promise<void> {
  const path = requireSpec('apply', argument, options.file)
  // Before the lock: stdin may take its time.
  const input = await readSpecInput(path)
  const started = performance.now()
  progress('inspecting the node')
  await using node = await lockNode(targetOf(options), options.lockTimeout)
  // bpftool dumps the maps while the spec is parsed.
  const result = await apply(node, historyOf(options), requestIn(input, options), showEvent)
  showResult(result, 'applied', performance.now() - started, options)
}

/** What was read: a spec, or a plan with its spec. */
function requestIn(input: SpecInput, options: Options): ApplyRequest {
  const { allowOlder, allowOtherCluster } = options
  const plan = planIn(input)
  const { spec } = specIn(plan ? { name: input.name, bytes: Buffer.from(plan.spec) } : input)
  const waived: Waiver[] = []
  if (allowOlder) waived.push('older-spec')
  if (allowOtherCluster) waived.push('other-cluster')
  const request = requestOf(spec, chosenNode(options), 'apply', options, waived, plan)
  return plan ? { ...request, plan: { name: input.name, file: plan } } : request
}
