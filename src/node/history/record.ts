import { Failure } from '../../base/failure.ts'
import { canonicalTextOf } from '../../spec/canonical/text.ts'
import type { Spec } from '../../spec/spec.ts'
import type { EventSink } from '../events.ts'
import type { Entry } from './entry.ts'
import type { Facts, History } from './history.ts'

/** A spec that is to be put in place, in the history. */
export interface Kept {
  /** It is in place: it becomes an entry. What goes wrong now is a warning. */
  commit(): void
  /** Nothing was changed, and the history says nothing of it. */
  discard(): void
}

/**
 * Keeps a spec in the history, before it is put in place. The newest entry is not repeated, so that putting drift right again
 * and again leaves the older ones alone. What cannot be kept is a refusal (exit 4), or with `mayForget` a warning.
 */
export function keep(
  history: History,
  spec: Spec,
  revision: string,
  facts: Omit<Facts, 'time'>,
  mayForget: boolean,
  events: EventSink,
): Kept {
  const prepare = () => {
    if (isNewest(history, revision, facts)) return undefined
    return history.prepare(canonicalTextOf(spec), revision)
  }
  const prepared = mayForget ? tolerant(prepare, events) : prepare()
  const commit = () => (prepared ? prepared.commit({ ...facts, time: new Date().toISOString() }) : history.prune())
  return { commit: () => tolerant(commit, events), discard: () => tolerant(() => prepared && history.prune(), events) }
}

/** What was put in place here. What cannot be read is a refusal (exit 4), or with `mayForget` nothing: `keep` says why. */
export function entriesOf(history: History, mayForget: boolean): Entry[] {
  try {
    return history.entries()
  } catch (error) {
    if (mayForget && error instanceof Failure) return []
    throw error
  }
}

function isNewest(history: History, revision: string, { node, programs }: Omit<Facts, 'time'>): boolean {
  const newest = history.entries().at(-1)
  return newest?.revision === revision && newest.node === node && newest.programs === programs
}

function tolerant<T>(action: () => T, events: EventSink): T | undefined {
  try {
    return action()
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    const message = `the history does not record this apply: ${error.message}`
    events({ kind: 'notice', severity: 'warning', code: 'not-recorded', message })
    return undefined
  }
}
