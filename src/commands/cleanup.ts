import { existsSync, rmdirSync } from 'node:fs'
import type { Command } from 'commander'
import { inspectOurs } from '../apply/node.ts'
import { EXIT } from '../base/exit.ts'
import { failure } from '../base/failure.ts'
import { count } from '../diff/print.ts'
import { detach } from '../kernel/attach.ts'
import { Bpftool } from '../kernel/bpftool.ts'
import { lock } from '../kernel/lock.ts'
import { requireNode } from '../kernel/preflight.ts'
import { answer } from './streams.ts'
import { type TargetOptions, targetOf, withTarget } from './target.ts'

const LOCK_SECONDS = 10

export function cleanupCommand(program: Command): void {
  withTarget(program.command('cleanup').summary('detach the programs and remove every pin that balancing made')).action(
    run,
  )
}

async function run(options: TargetOptions): Promise<void> {
  const { pinDir, cgroup } = targetOf(options)
  requireNode(pinDir, cgroup)
  if (!existsSync(pinDir)) return answer(`nothing to clean up: there is no ${pinDir}\n`)
  const bpftool = new Bpftool()
  await bpftool.requireVersion()
  const held = await lock(pinDir, LOCK_SECONDS)
  try {
    const state = await inspectOurs(bpftool.under(held), { pinDir, cgroup })
    let programs = 0
    for (const generation of state.generations) {
      programs += generation.attached.length
      const stuck = await detach(bpftool, generation, cgroup)
      if (stuck !== undefined) throw failure(EXIT.applyFailedMixed, 'detach-failed', stuck)
      generation.pins.remove()
    }
    rmdirSync(pinDir)
    answer(`detached ${count(programs, 'program')}, removed ${pinDir}\n`)
  } finally {
    await held.release()
  }
}
