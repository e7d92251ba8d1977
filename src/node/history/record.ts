// SPDX-License-Identifier: Apache-2.0
import { Failure } from '../../base/failure.ts'
import { canonicalTextOf } from '../../spec/canonical/text.ts'
import { revisionOf, specHash } from '../../spec/revision.ts'
import type { Spec } from '../../spec/spec.ts'
import type { EventSink } from '../events.ts'
import type { Entry } from './entry.ts'
import type { Facts, History } from './history.ts'
import { membershipsWith } from './memberships.ts'
import { isSameRun } from './runs.ts'

/** A spec in the history that is about to be applied. */
export interface Kept {
  /** The spec is applied: it becomes an entry. What fails now is a warning. */
  commit(): void
  /** Nothing was changed: the history is as before. That an apply before this one broke off stays on record. */
  discard(): void
}

/**
 * Writes a spec to the history before it is applied. An exposure that was applied last already gets no new entry, whatever its
 * endpoints: the entry takes the new endpoints and keeps its time. A history that cannot be written is a failure (exit 4), or
 * with `mayForget` a warning.
 */
export function keep(
  history: History,
  spec: Spec,
  facts: Omit<Facts, 'time' | 'memberships'>,
  mayForget: boolean,
  events: EventSink,
): Kept {
  const tolerant = <T>(action: () => T) => tolerate(action, events)
  const begin = () => {
    const repeated = repeatedBy(history, spec, facts)
    if (repeated?.spec === specHash(spec)) return undefined
    const prepared = history.prepare(canonicalTextOf(spec))
    const before = history.entries().at(-1)?.memberships ?? []
    const { time, by, build } = repeated ?? { ...facts, time: undefined }
    return () => {
      const now = new Date().toISOString()
      const memberships = membershipsWith(before, spec, now)
      prepared.commit({ ...facts, by, build, time: time ?? now, memberships })
    }
  }
  const wasUnfinished =
    tolerate(
      () => history.hasUnfinished(),
      () => {},
    ) ?? false
  const commit = mayForget ? tolerant(begin) : begin()
  return {
    commit: () => tolerant(commit ?? (() => history.prune())),
    discard: () => tolerant(() => commit && !wasUnfinished && history.prune()),
  }
}

/** Fails, or warns, where `keep` would, and changes nothing. */
export function tryKeeping(
  history: History,
  spec: Spec,
  facts: Omit<Facts, 'time' | 'memberships'>,
  mayForget: boolean,
  events: EventSink,
): void {
  const attempt = () => {
    if (repeatedBy(history, spec, facts)?.spec !== specHash(spec)) history.tryPreparing(canonicalTextOf(spec))
  }
  if (mayForget) tolerate(attempt, events)
  else attempt()
}

/** The newest entry, when the spec differs from it in its endpoints at most. */
function repeatedBy(
  history: History,
  spec: Spec,
  { node, programs }: Pick<Facts, 'node' | 'programs'>,
): Entry | undefined {
  const newest = history.entries().at(-1)
  return newest && isSameRun(newest, { revision: revisionOf(spec), node, programs }) ? newest : undefined
}

/** What was applied here. A damaged entry is a failure (exit 4), or with `mayForget` no history: `keep` says why. */
export function entriesOf(history: History, mayForget: boolean): Entry[] {
  try {
    return history.entries()
  } catch (error) {
    if (mayForget && error instanceof Failure) return []
    throw error
  }
}

function tolerate<T>(action: () => T, events: EventSink): T | undefined {
  try {
    return action()
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    const message = `the history does not record this apply: ${error.message}`
    events({ kind: 'notice', severity: 'warning', code: 'not-recorded', message })
    return undefined
  }
}
