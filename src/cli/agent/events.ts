// SPDX-License-Identifier: Apache-2.0
import { EventRecorder, type Send } from '../../agent/events/event-recorder.ts'
import { observedEvents } from '../../agent/events/observed-events.ts'
import type { Log } from '../../agent/log.ts'
import type { Status } from '../../agent/status.ts'
import { Failure } from '../../base/failure.ts'

/** Writes Events of what becomes of a status. */
export function recordEvents(status: Status, node: string, send: Send, log: Log): void {
  const recorder = new EventRecorder(node, send, log)
  status.observe(observedEvents(node, event => recorder.record(event)))
}

/** Writes an Event that an agent cannot begin because another process has the lock; does nothing for another failure. */
export async function recordLocked(failure: unknown, node: string, send: Send, log: Log): Promise<void> {
  const locked = failure instanceof Failure ? failure.diagnostics.find(({ code }) => code === 'locked') : undefined
  if (!locked) return
  const recorder = new EventRecorder(node, send, log)
  const about = { kind: 'Node', name: node } as const
  recorder.record({ reason: 'AnotherAgent', action: 'Start', note: locked.message, about })
  await recorder.idle()
}
