// SPDX-License-Identifier: Apache-2.0

import { type Command, Option } from 'commander'
import { count } from '../../base/count.ts'
import { escapeLine } from '../../base/escape.ts'
import { headOf } from '../../base/form.ts'
import { formatJson } from '../../base/format-json.ts'
import { cleanup } from '../../node/cleanup.ts'
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
      6: 'a program could not be detached: run it again',
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
  const { detached, found, removed } = await cleanup(target, historyOf(options), options.force ?? false)
  const { pinDir } = target
  const isNothing = !found && detached === 0
  const write = isNothing ? answer : answerDone
  if (options.output === 'json') {
    const object = { ...headOf('CleanupResult'), pinDir, removed: removed && !isNothing, detachedPrograms: detached }
    return write(`${formatJson(object)}\n`)
  }
  if (isNothing) return write(`nothing to clean up: there is no ${escapeLine(pinDir)}\n`)
  const done = removed ? 'removed' : 'emptied'
  write(`detached ${count(detached, 'program')}, ${done} ${escapeLine(pinDir)}\n`)
}
