import type { Command } from 'commander'
import { count } from '../../base/count.ts'
import { escapeLine } from '../../base/escape.ts'
import { cleanup } from '../../node/cleanup.ts'
import { historyOf, type StateOptions, type TargetOptions, targetOf, withState, withTarget } from '../flag/target.ts'
import { documented } from '../help/help.ts'
import { answer, answerDone } from '../output/streams.ts'

export function cleanupCommand(program: Command): void {
  const summary = 'detach the programs, and remove every pin and the history'
  const command = withState(withTarget(program.command('cleanup').summary(summary)))
    .option('--force', 'also detach programs of balancing that have lost their pins')
    .action(run)
  documented(command, {
    examples: [['balancing cleanup', 'leave this node as if balancing had never run']],
    exits: {
      6: 'a program could not be detached: run it again',
      8: 'the node is clean, but the answer could not be written',
    },
  })
}

async function run(options: TargetOptions & StateOptions & { force?: boolean }): Promise<void> {
  const target = targetOf(options)
  const { detached, found, removed } = await cleanup(target, historyOf(options), options.force ?? false)
  if (!found && detached === 0) return answer(`nothing to clean up: there is no ${escapeLine(target.pinDir)}\n`)
  const done = removed ? 'removed' : 'emptied'
  answerDone(`detached ${count(detached, 'program')}, ${done} ${escapeLine(target.pinDir)}\n`)
}
