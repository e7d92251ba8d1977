import type { Healing } from '../apply/heal.ts'
import { isDone, type Work } from '../apply/work.ts'
import { count } from '../base/count.ts'
import { type Names, printTotals } from '../diff/print.ts'
import { paintFor, STDOUT } from './streams.ts'
import { printAll, printBeyond, printWork } from './work-text.ts'

const MOST_LINES = 20

/** What an apply would do. */
export function printDryRun(work: Work, names: Names): string {
  return isDone(work) ? 'no changes\n' : printWork(work, names, paintFor(STDOUT))
}

/** What an apply did. */
export function printOutcome(work: Work, names: Names): string {
  if (!work.observed) return `${printBeyond(work)}${printAll(work)}`
  if (work.rebuild) return `${printBeyond(work)}${printTotals(work.changed, work.plan)}\n`
  return printWork(work, names, paintFor(STDOUT), MOST_LINES)
}

export function printEnded({ ended }: Healing): string {
  return ended === 0 ? '' : `${count(ended, 'connected UDP socket')} ended whose backends are gone\n`
}

export function printProblems({ lost, left }: Healing): string[] {
  return [
    ...lost.map(text => `note: ${text}`),
    ...left.map(
      ({ sockets, netns, reason }) =>
        `warning: ${count(sockets, 'connected UDP socket')} in ${netns} cannot be ended, though their backends are gone: ${reason}`,
    ),
  ]
}
