import type { Command } from 'commander'
import { count } from '../../base/count.ts'
import { cleanup } from '../../node/cleanup.ts'
import { historyOf, type StateOptions, type TargetOptions, targetOf, withState, withTarget } from '../flag/target.ts'
import { documented } from '../help/help.ts'
import { answer } from '../output/streams.ts'

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
  const target = targetOf(options)
  const { detached, found } = await cleanup(target, historyOf(options), options.force ?? false)
  answer(
    found || detached > 0
      ? `detached ${count(detached, 'program')}, removed ${target.pinDir}\n`
      : `nothing to clean up: there is no ${target.pinDir}\n`,
  )
}
