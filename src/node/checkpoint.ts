// SPDX-License-Identifier: Apache-2.0
import { Failure } from '../base/failure.ts'
import { parseSpec } from '../spec/parse.ts'
import type { Spec } from '../spec/spec.ts'
import type { EventSink } from './events.ts'
import type { Entry } from './history/entry.ts'
import type { Facts, History } from './history/history.ts'
import { keep } from './history/record.ts'

/** What was applied last, as far as the disk has it. */
interface Checkpoint {
  entry: Entry
  spec: Spec
}

/**
 * Records what serves, as an apply of it would: the newest entry of a history is the checkpoint from which an agent starts, and the
 * one before it is the second copy. A disk that cannot be written is a notice: what serves is not touched by it. Returns whether it was written.
 */
export function saveCheckpoint(
  history: History,
  spec: Spec,
  facts: Omit<Facts, 'time' | 'memberships'>,
  events: EventSink,
): boolean {
  let isWritten = true
  const hear: EventSink = event => {
    if (event.kind === 'notice' && event.code === 'not-recorded') isWritten = false
    events(event)
  }
  keep(history, spec, facts, true, hear).commit()
  return isWritten
}

/** The newest whole spec of a history that was applied for this node (null: a host outside the cluster), or why there is none. */
export function readCheckpoint(history: History, node: string | null): Checkpoint | string {
  let reason = `no spec is saved under ${history.directory}`
  for (const read of history.newestFirst()) {
    try {
      const { entry, text } = read()
      if (entry.node !== node)
        return `the spec under ${history.directory} is of ${entry.node ?? 'a host outside the cluster'}`
      const { value: spec } = parseSpec(text, history.specPath(entry))
      if (spec) return { entry, spec }
      reason = `this build cannot read ${history.specPath(entry)}`
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      reason = error.message
    }
  }
  return reason
}
