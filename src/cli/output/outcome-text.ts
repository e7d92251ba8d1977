import { count } from '../../base/count.ts'
import { type Changeset, isDone } from '../../node/changeset.ts'
import type { DestroyedSockets } from '../../node/destroy-stale-sockets.ts'
import { type Names, printTotals } from '../../report/change/print.ts'
import { printAll, printBeyond, printChangeset } from './changeset-text.ts'
import { paintFor, STDOUT } from './terminal.ts'

const MOST_LINES = 20

/** What an apply would do. */
export function printDryRun(changeset: Changeset, names: Names): string {
  return isDone(changeset) ? 'no changes\n' : printChangeset(changeset, names, paintFor(STDOUT))
}

/** What an apply did. */
export function printOutcome(changeset: Changeset, names: Names): string {
  if (!changeset.observed) return `${printBeyond(changeset)}${printAll(changeset)}`
  if (changeset.rebuild) return `${printBeyond(changeset)}${printTotals(changeset.changed, changeset.plan)}\n`
  return printChangeset(changeset, names, paintFor(STDOUT), MOST_LINES)
}

export function printEnded({ ended }: DestroyedSockets): string {
  return ended === 0 ? '' : `${count(ended, 'connected UDP socket')} ended whose backends are gone\n`
}

export function printProblems({ lost, left }: DestroyedSockets): string[] {
  return [
    ...lost.map(text => `note: ${text}`),
    ...left.map(
      ({ sockets, netns, reason }) =>
        `warning: ${count(sockets, 'connected UDP socket')} in ${netns} cannot be ended, though their backends are gone: ${reason}`,
    ),
  ]
}
