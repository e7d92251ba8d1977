// SPDX-License-Identifier: Apache-2.0
import { LEVELS, type Level, type Log } from '../../agent/log.ts'
import type { EventSink } from '../../node/events.ts'
import { sayRecord } from './streams.ts'

/** A log on stderr, in the form of --log-format, of lines that matter at least so much. */
export function logTo(least: Level): Log {
  return (level, message, fields = {}) => {
    if (LEVELS.indexOf(level) >= LEVELS.indexOf(least)) sayRecord(level, message, fields)
  }
}

/** Logs the notices of a use case, each once: an agent applies again and again. */
export function noticesTo(log: Log): EventSink {
  const said = new Set<string>()
  return event => {
    if (event.kind !== 'notice' || said.has(event.message)) return
    said.add(event.message)
    log(event.severity === 'note' ? 'info' : event.severity, event.message, { code: event.code })
  }
}
