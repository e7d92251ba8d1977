// SPDX-License-Identifier: Apache-2.0

import { type Command, Option } from 'commander'
import { escapeLine } from '../../base/escape.ts'
import { headOf } from '../../base/form.ts'
import { formatJson } from '../../base/format-json.ts'
import { shortRevision } from '../../base/short-revision.ts'
import type { Entry } from '../../node/history/entry.ts'
import { readHistory } from '../../node/read-history.ts'
import { historyOf, type StateOptions, type TargetOptions, targetOf, withState, withTarget } from '../flag/target.ts'
import { documented } from '../help/help.ts'
import { answer, say } from '../output/streams.ts'

interface Options extends TargetOptions, StateOptions {
  output: 'text' | 'json'
}

export function historyCommand(program: Command): void {
  const command = withState(withTarget(program.command('history')))
    .summary('list the exposures that were applied on this node')
    .addOption(new Option('-o, --output <form>', 'the form of the answer').choices(['text', 'json']).default('text'))
    .action(run)
  documented(command, {
    examples: [
      ['balancing history', 'list what was applied here, and when, the newest last'],
      ['balancing history -o json', 'show the same as JSON'],
    ],
  })
}

async function run(options: Options): Promise<void> {
  const history = historyOf(options)
  const { entries, applied, remark } = await readHistory(history, targetOf(options))
  if (remark !== undefined) say(`note: ${remark}`)
  if (options.output === 'json')
    return answer(`${formatJson({ ...headOf('History'), applied, entries: entries.map(shown) })}\n`)
  answer(
    entries.length === 0
      ? `nothing was applied yet: ${escapeLine(history.directory)} has no entry\n`
      : print(entries, applied),
  )
}

/** Which endpoints were applied when is for apply to compare with: 256 lines an entry. */
function shown({ memberships: _, ...entry }: Entry): Omit<Entry, 'memberships'> {
  return entry
}

const HEAD = ['SEQUENCE', 'REVISION', 'TIME', 'NODE', 'BUILD', 'BY', '']

/** One line for each entry, the oldest first. `applied` is the sequence of the entry that the node serves. */
function print(entries: readonly Entry[], applied: number | null): string {
  const rows = entries.map(({ sequence, revision, time, node, build, by }) => {
    const about = [time, node ?? '(external)', build, by].map(escapeLine)
    return [String(sequence), shortRevision(revision), ...about, sequence === applied ? 'applied' : '']
  })
  const widths = HEAD.map((title, i) => Math.max(title.length, ...rows.map(row => row[i]!.length)))
  const line = (row: string[]) =>
    row
      .map((cell, i) => cell.padEnd(widths[i]!))
      .join('  ')
      .trimEnd()
  return `${[HEAD, ...rows].map(line).join('\n')}\n`
}
