import { existsSync, rmdirSync } from 'node:fs'
import type { Command } from 'commander'
import { count } from '../../base/count.ts'
import { EXIT } from '../../base/exit.ts'
import { failure } from '../../base/failure.ts'
import { detach, detachProgram } from '../../bpf/attach.ts'
import { Bpftool } from '../../bpf/bpftool.ts'
import { lock } from '../../host/lock.ts'
import { requireNode } from '../../host/preflight.ts'
import { orphaned } from '../../node/guard.ts'
import { inspectOurs, requireNowhereElse } from '../../node/open-node.ts'
import { historyOf, type StateOptions, type TargetOptions, targetOf, withState, withTarget } from '../flag/target.ts'
import { documented } from '../help/help.ts'
import { answer } from '../output/streams.ts'

const LOCK_SECONDS = 10

export function cleanupCommand(program: Command): void {
  const summary = 'detach the programs, remove every pin that balancing made, and forget the specs'
  const command = withState(withTarget(program.command('cleanup').summary(summary)))
    .option('--force', 'detach programs of balancing too that no pin leads to')
    .action(run)
  documented(command, {
    examples: [['balancing cleanup', 'the node as if balancing had never been there']],
    exits: { 6: 'a program could not be detached' },
  })
}

async function run(options: TargetOptions & StateOptions & { force?: boolean }): Promise<void> {
  const { pinDir, cgroup } = targetOf(options)
  requireNode(pinDir, cgroup)
  const wasThere = existsSync(pinDir)
  const bpftool = new Bpftool()
  await bpftool.requireVersion()
  const held = await lock(pinDir, LOCK_SECONDS)
  try {
    const state = await inspectOurs(bpftool.under(held), { pinDir, cgroup })
    await requireNowhereElse(bpftool, state, { pinDir, cgroup })
    if (state.orphans.length > 0 && !options.force) {
      if (!wasThere) rmdirSync(pinDir)
      throw orphaned(state.orphans, cgroup, 'give --force to detach them too')
    }
    let programs = state.orphans.length
    for (const { id, hook } of state.orphans) requireDetached(await detachProgram(bpftool, id, hook, cgroup))
    for (const generation of state.generations) {
      programs += generation.attached.length
      requireDetached(await detach(bpftool, generation, cgroup))
      generation.pins.remove()
    }
    try {
      historyOf(options).remove()
    } finally {
      rmdirSync(pinDir)
    }
    if (!wasThere && programs === 0) return answer(`nothing to clean up: there is no ${pinDir}\n`)
    answer(`detached ${count(programs, 'program')}, removed ${pinDir}\n`)
  } finally {
    await held.release()
  }
}

function requireDetached(stuck: string | undefined): void {
  if (stuck !== undefined) throw failure(EXIT.applyFailedMixed, 'detach-failed', stuck, 'run balancing cleanup again')
}
