// SPDX-License-Identifier: Apache-2.0

import { type Command, Option } from 'commander'
import { count } from '../../base/count.ts'
import { escapeLine } from '../../base/escape.ts'
import { headOf } from '../../base/form.ts'
import { formatJson } from '../../base/format-json.ts'
import { type CleanupResult, cleanup } from '../../node/cleanup.ts'
import { historyOf, type StateOptions, type TargetOptions, targetOf, withState, withTarget } from '../flag/target.ts'
import { documented } from '../help/help.ts'
import { answer, answerDone } from '../output/streams.ts'

export function cleanupCommand(program: Command): void {
  const summary = 'detach the programs, and remove every pin and the history'
  const command = withState(withTarget(program.command('cleanup').summary(summary)))
    .option('--force', 'also detach programs of balancing that have lost their pins')
    .addOption(new Option('-o, --output <form>', 'the form of the answer').choices(['text', 'json']).default('text'))
    .action(run)
  documented(command, {
    examples: [['balancing cleanup', 'leave this node as if balancing had never run']],
    exits: {
      6: 'a program could not be detached, or the history could not be removed: the error says what is left',
      8: 'the node is clean, but the answer could not be written',
    },
  })
}

interface Options extends TargetOptions, StateOptions {
  force?: boolean
  output: 'text' | 'json'
}

async function run(options: Options): Promise<void> {
  const target = targetOf(options)
  const history = historyOf(options)
  const result = await cleanup(target, history, options.force ?? false)
  const isNothing = result.pins === 'none' && result.history === 'none'
  const write = isNothing ? answer : answerDone
  const [pinDir, stateDir] = [target.pinDir, history.directory]
  write(options.output === 'json' ? printJson(result, pinDir, stateDir) : print(result, pinDir, stateDir))
}

/** `history` says what became of the history: `removed`, `emptied` (its directory stays) or `none`. */
function printJson({ detached, pins, history }: CleanupResult, pinDir: string, stateDir: string): string {
  const removed = pins === 'removed'
  const object = { ...headOf('CleanupResult'), pinDir, removed, stateDir, history, detachedPrograms: detached }
  return `${formatJson(object)}\n`
}

function print({ detached, pins, history }: CleanupResult, pinDir: string, stateDir: string): string {
  const parts = [
    pins === 'none' ? '' : `detached ${count(detached, 'program')}, ${pins} ${escapeLine(pinDir)}`,
    history === 'none' ? '' : `${history} the history in ${escapeLine(stateDir)}`,
  ].filter(Boolean)
  if (parts.length === 0) return `nothing to clean up: there is no ${escapeLine(pinDir)} and no history\n`
  return `${parts.join(', ')}\n`
}
