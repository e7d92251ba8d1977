// SPDX-License-Identifier: Apache-2.0
import { EXIT } from '../../base/exit.ts'
import { failure } from '../../base/failure.ts'
import { shortRevision } from '../../base/short-revision.ts'
import type { Entry } from './entry.ts'
import { entryNamed } from './runs.ts'

/**
 * The newest entry of another exposure than the one that is applied. `applied` is what the map `revision` says; without it, as
 * after a reboot, nothing is applied. Without such an entry it is a failure (exit 3).
 */
export function entryBefore(entries: readonly Entry[], applied: string | undefined): Entry {
  const revision = entryNamed(entries, applied)?.revision
  const found = entries.findLast(entry => entry.revision !== revision)
  if (found) return found
  const message = 'there is nothing to go back to: no other exposure was applied here'
  throw failure(EXIT.invalidInput, 'no-earlier-revision', message, 'balancing history lists what was applied')
}

/** A shorter prefix is more likely a slip than a revision. */
const FEWEST_DIGITS = 4

/**
 * The newest entry whose revision begins with `to`. The hash of its whole spec counts too: builds up to 0.1.0 printed that for a
 * revision. None, or several revisions, are a failure (exit 3).
 */
export function entryWith(entries: readonly Entry[], to: string): Entry {
  const prefix = to.toLowerCase()
  const isMeant = ({ revision, spec }: Entry) => revision.startsWith(prefix) || spec.startsWith(prefix)
  const found = to.length < FEWEST_DIGITS ? [] : entries.filter(isMeant)
  const revisions = new Set(found.map(entry => entry.revision))
  if (revisions.size === 1) return found.at(-1)!
  const known = [...new Set(entries.map(entry => shortRevision(entry.revision)))].join(', ')
  const message = revisions.size > 1 ? `more than one revision begins with ${to}` : `no revision here begins with ${to}`
  const hint = known === '' ? 'nothing was applied here yet' : `the history has ${known}`
  throw failure(EXIT.invalidInput, 'unknown-revision', message, hint)
}
