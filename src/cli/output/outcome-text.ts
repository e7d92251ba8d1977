// SPDX-License-Identifier: Apache-2.0
import { count } from '../../base/count.ts'
import { shortRevision } from '../../base/short-revision.ts'
import type { ApplyResult } from '../../node/apply.ts'
import { isEmpty } from '../../node/changeset.ts'
import type { DestroyedSockets } from '../../node/destroy-stale-sockets.ts'
import type { Tried } from '../../node/dry-run.ts'
import type { MembershipAge } from '../../node/history/memberships.ts'
import type { PlannedApply } from '../../node/plan-apply.ts'
import { printTotals } from '../../report/change/print.ts'
import { printAll, printBeyond, printChangeset, printEdges } from './changeset-text.ts'
import { paintFor, STDOUT } from './terminal.ts'

const MOST_LINES = 20

/** The answer of apply and rollback. */
export function printApply(result: ApplyResult, verb: string, milliseconds: number): string {
  const older = printOlder(result)
  if (result.outcome === 'dry run') return `${older}${printDryRun(result)}`
  const sockets = printDestroyed(result.sockets)
  const revision = `revision ${shortRevision(result.revision)}`
  if (result.outcome === 'unchanged')
    return `${older}${sockets}no changes: ${revision} is applied${printSince(result.membership)}\n`
  const seconds = (milliseconds / 1000).toFixed(2)
  return `${printOutcome(result)}${older}${sockets}${verb} ${revision} in ${seconds} s, read back and equal\n`
}

/** Since when the endpoints are the same: what is applied again and again may be a stale file. */
function printSince(membership: MembershipAge): string {
  return membership.state === 'applied' ? `, its endpoints since ${membership.since}` : ''
}

/**
 * Endpoints do come back, so that they were here before is no reason to refuse them. A rollback takes the endpoints of today, whatever
 * their age.
 */
export function printOlder({ membership, by }: Pick<ApplyResult, 'membership' | 'by'>): string {
  if (membership.state !== 'older' || by === 'rollback') return ''
  return `older endpoints: others replaced them here at ${membership.replaced}; they came back, or the spec is stale\n`
}

/** What an apply would do. */
function printDryRun({ changeset, names }: PlannedApply): string {
  return isEmpty(changeset) ? 'no changes\n' : printChangeset(changeset, names, paintFor(STDOUT))
}

/** How much of it a dry run has tried. */
export function printTried(tried: Tried): string {
  switch (tried.kind) {
    case 'nothing':
      return 'there is nothing to do'
    case 'update':
      return tried.toAttach === undefined
        ? 'the maps have room for every step, and all programs are attached'
        : `the maps have room for every step; to attach ${count(tried.toAttach, 'program')} to devices is not tried`
    case 'staged':
      return `the programs load, the maps hold all entries, and ${tried.hooks} hooks of ${tried.cgroup} have room; all was removed again`
  }
}

/** What an apply did. */
function printOutcome({ changeset, names }: PlannedApply): string {
  const paint = paintFor(STDOUT)
  const head = `${printEdges(changeset, paint)}${printBeyond(changeset)}`
  if (!changeset.observed) return head + printAll(changeset)
  if (changeset.rebuild) return `${head}${printTotals(changeset.changed, changeset.plan)}\n`
  return printChangeset(changeset, names, paint, MOST_LINES)
}

function printDestroyed({ destroyed }: DestroyedSockets): string {
  return !destroyed ? '' : `destroyed ${count(destroyed, 'connected UDP socket')} whose backend is gone\n`
}

/** Why stale sockets remain, a line each. */
export function remarksOn({ destroyed, unable, remaining }: DestroyedSockets): string[] {
  const effect =
    destroyed === null
      ? 'warning: it is unknown how many connected UDP sockets were destroyed, and whether others keep a backend that is gone'
      : 'note: connected UDP sockets keep a backend that is gone'
  return [
    ...unable.map(reason => `${effect}: ${reason}`),
    ...remaining.map(
      ({ sockets, netns, reason }) =>
        `warning: ${count(sockets, 'connected UDP socket')} in ${netns} cannot be destroyed, though the backend is gone: ${reason}`,
    ),
  ]
}
