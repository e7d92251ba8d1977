// SPDX-License-Identifier: Apache-2.0
import type { Log } from '../log.ts'
import { type ClusterEvent, eventObject, eventsPath } from './cluster-event.ts'
import { EventSeries, type Write } from './event-series.ts'

/** Sends an object to the API server, and returns the HTTP status of its answer. Rejects when there is none. */
export type Send = (method: 'POST' | 'PATCH', path: string, body: object) => Promise<number>

/** More that wait for an API server are dropped: the log has them. */
const MOST_WAITING = 20

/** Writes Events, one at a time, beside all else. An Event that cannot be written is given up: the log says so once for each reason. */
export class EventRecorder {
  readonly #series = new EventSeries()
  readonly #said = new Set<string>()
  readonly #node: string
  readonly #send: Send
  readonly #log: Log
  #waiting = 0
  #last: Promise<void> = Promise.resolve()

  constructor(node: string, send: Send, log: Log) {
    this.#node = node
    this.#send = send
    this.#log = log
  }

  record(event: ClusterEvent): void {
    const now = Date.now()
    const write = this.#series.next(event, now)
    if (!write || this.#waiting >= MOST_WAITING) return
    this.#waiting++
    this.#last = this.#last.then(async () => {
      await this.#write(event, write, now).catch(error => this.#failed(event, (error as Error).message))
      this.#waiting--
    })
  }

  /** Resolves when all that was recorded is written or given up. */
  idle(): Promise<void> {
    return this.#last
  }

  async #write(event: ClusterEvent, { id, series }: Write, now: number): Promise<void> {
    const path = eventsPath(event.about)
    const status = series
      ? await this.#send('PATCH', `${path}/${event.about.name}.${id}`, { series })
      : await this.#send('POST', path, eventObject(event, id, this.#node, now))
    if (status === 403)
      this.#failed(event, 'that is not allowed (403); manifests/agent-rbac.yaml has a ClusterRole with it')
    else if (status >= 300) this.#failed(event, `the API server answered ${status}`)
  }

  #failed(event: ClusterEvent, reason: string): void {
    this.#series.lost(event)
    if (this.#said.has(reason)) return
    this.#said.add(reason)
    this.#log('warning', `Events cannot be written: ${reason}`, { code: 'no-events', reason: event.reason })
  }
}
