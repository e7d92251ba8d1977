// SPDX-License-Identifier: Apache-2.0
import { error } from '../../base/diagnostic.ts'
import { isMap } from '../../cluster/reader.ts'
import type { StreamedAnswer } from './answer.ts'
import type { Outcome } from './cursor.ts'
import { type Item, itemOf, parseJson, readEvent, type WatchEvent } from './event.ts'
import { Expired, Lost } from './failed.ts'
import { itemSplitter } from './items.ts'
import type { WatchedKind } from './kinds.ts'
import type { Known } from './known.ts'
import { Garbled, lineSplitter } from './lines.ts'
import type { Listener } from './listener.ts'
import { pacer } from './pace.ts'

/** What an answer is told to. */
export interface Receiver {
  kind: WatchedKind
  listener: Listener
  known: Known
  /** Called for each event that counts. */
  outcome(outcome: Outcome): void
}

/** Tells of all events of a watch until its answer ends. Rejects with Lost, Garbled or Broken. */
export async function receiveWatch(receiver: Receiver, answer: StreamedAnswer): Promise<void> {
  const split = lineSplitter()
  const pace = pacer()
  for await (const chunk of answer.chunks) {
    for (const line of split(chunk)) {
      await tell(receiver, readEvent(line))
      await pace()
    }
  }
}

async function tell(receiver: Receiver, event: WatchEvent): Promise<void> {
  const { kind, listener, known, outcome } = receiver
  switch (event.type) {
    case 'put':
      put(receiver, event)
      return outcome({ type: 'told', version: event.version })
    case 'remove':
      if (known.remove(event.key)) listener.remove(kind, event.key)
      return outcome({ type: 'told', version: event.version })
    case 'bookmark':
      if (!event.endsList) return outcome({ type: 'told', version: event.version })
      await endList(receiver)
      return outcome({ type: 'listed', version: event.version })
    case 'odd':
      return listener.skipped(kind, error('api-answer', `watching ${kind}: the server ${event.message}`))
    case 'error':
      throw lostByEvent(kind, event)
    case 'garbled':
      throw new Garbled(event.message)
  }
}

function lostByEvent(kind: WatchedKind, { status, message, retryAfter }: WatchEvent & { type: 'error' }): Lost {
  if (status === 410) return new Expired(error('api-expired', `watching ${kind} begins anew: ${message}`))
  return new Lost(error('api-error', `watching ${kind} ended: ${message} (${status})`), retryAfter)
}

/** Tells of the objects of a page. Rejects with Garbled or Broken. */
export async function receivePage(receiver: Receiver, answer: StreamedAnswer): Promise<void> {
  const { kind, listener } = receiver
  const items = itemSplitter()
  const pace = pacer()
  for await (const chunk of answer.chunks) {
    for (const bytes of items.split(chunk)) {
      const object = parseJson(bytes)
      if (object === undefined) throw new Garbled('sends what is no JSON')
      const item = itemOf(object)
      if (item) put(receiver, item)
      else listener.skipped(kind, error('api-answer', `listing ${kind}: an object has no name or no resourceVersion`))
      await pace()
    }
  }
  const metadata = items.head()?.metadata
  const { resourceVersion: version, continue: next = '' } = isMap(metadata) ? metadata : {}
  if (typeof version !== 'string' || version === '' || typeof next !== 'string') {
    throw new Garbled('answers what is no list, or a part of one')
  }
  if (next === '') await endList(receiver)
  receiver.outcome({ type: 'page', version, next })
}

function put({ kind, listener, known }: Receiver, { key, object }: Item): void {
  known.put(key)
  listener.put(kind, key, object)
}

/** Removes what the list lacks, if the listener agrees. */
async function endList({ kind, listener, known }: Receiver): Promise<void> {
  const { missing, ...counts } = known.end()
  const pace = pacer()
  const isKept = missing.length > 0 && listener.missing(kind, { ...counts, missing: missing.length }) === 'keep'
  for (const key of isKept ? [] : missing) {
    known.remove(key)
    listener.remove(kind, key)
    await pace()
  }
  const kept = isKept ? missing.length : 0
  listener.listed(kind, { objects: counts.listed, removed: missing.length - kept, kept })
}
