// SPDX-License-Identifier: Apache-2.0
import { type Diagnostic, locatedMessage } from '../base/diagnostic.ts'
import type { ExposureStatus } from './gate/exposure-status.ts'
import type { Observer } from './observer.ts'
import type { Kind } from './store.ts'

/** Whether a kind of objects is watched, or why not. */
interface Connection {
  connected: boolean
  /** The one that answered last. */
  server?: string
  /** Why it is not connected. */
  reason?: string
}

/** What an agent says of itself. Times are ISO 8601, UTC. */
export interface AgentStatus {
  pid: number
  mode: string
  /** Null for a host outside the cluster. */
  node: string | null
  /** `starting`: nothing was applied yet; `in-sync`: what is desired serves; `failing`: the last attempt failed, the one before serves. */
  state: 'starting' | 'in-sync' | 'failing'
  /** Why it fails. */
  reason: string | null
  started: string
  /** Of the exposure that serves; null before the first apply of this agent. */
  revision: string | null
  /** When the whole spec was applied last, and when a change was written last. */
  applied: string | null
  flushed: string | null
  /** Since the start. */
  flushes: number
  writes: number
  /** Entries of maps that something else had changed, and that were repaired. */
  drift: number
  /** Kinds of objects that are watched; none where no API server is. */
  watches: Partial<Record<Kind | 'configmaps', Connection>>
  /** When the spec that serves was written to the disk last. */
  checkpoint: string | null
  /** Why what is desired does not serve; empty when it does. What /readyz says. */
  notReady: readonly string[]
  /** What is reviewed, and what waits for a review; null where nothing is held. */
  exposure: ExposureStatus | null
}

/** Keeps the status of an agent, and tells observers what changes it. Durations are in milliseconds. */
export class Status {
  readonly #observers: Observer[]
  readonly #status: Omit<AgentStatus, 'notReady' | 'exposure'>
  /** Says what is reviewed. A gated agent sets it. */
  exposure: () => ExposureStatus | null = () => null

  constructor(mode: string, node: string | null, observers: readonly Observer[] = []) {
    this.#observers = [...observers]
    this.#status = {
      pid: process.pid,
      mode,
      node,
      state: 'starting',
      reason: null,
      started: now(),
      revision: null,
      applied: null,
      flushed: null,
      flushes: 0,
      writes: 0,
      drift: 0,
      watches: {},
      checkpoint: null,
    }
  }

  /** All that is kept, which costs nothing to have. */
  get current(): Readonly<Omit<AgentStatus, 'notReady' | 'exposure'>> {
    return this.#status
  }

  get(): Omit<AgentStatus, 'notReady'> {
    return { ...this.#status, exposure: this.exposure() }
  }

  applied(revision: string, duration: number): void {
    for (const observer of this.#observers) observer.applied?.(duration / 1000)
    Object.assign(this.#status, { state: 'in-sync', reason: null, revision, applied: now(), checkpoint: now() })
  }

  flushed(revision: string, writes: number, duration: number): void {
    for (const observer of this.#observers) observer.flushed?.(writes, duration / 1000)
    Object.assign(this.#status, { state: 'in-sync', reason: null, revision, flushed: now() })
    this.#status.flushes++
    this.#status.writes += writes
  }

  /** When something was written last, in milliseconds since 1970; undefined before the first time. */
  get written(): number | undefined {
    const { applied, flushed } = this.#status
    const times = [applied, flushed].flatMap(time => (time === null ? [] : [Date.parse(time)]))
    return times.length === 0 ? undefined : Math.max(...times)
  }

  /** The maps were read back; so many entries were not as they are to be. */
  resynced(entries: number): void {
    for (const observer of this.#observers) observer.resynced?.(entries)
    this.#status.drift += entries
  }

  /** The node does all that is desired. */
  served(): void {
    for (const observer of this.#observers) observer.served?.()
  }

  /** Tells this one, too, from now on. */
  observe(observer: Observer): void {
    this.#observers.push(observer)
  }

  /** What the API server or a review says does not count for now. */
  stale(note: string): void {
    for (const observer of this.#observers) observer.stale?.(note)
  }

  answered(method: string, host: string, status: number): void {
    for (const observer of this.#observers) observer.answered?.(method, host, status)
  }

  portFailed(service: string, port: number, reason: string): void {
    for (const observer of this.#observers) observer.portFailed?.(service, port, reason)
  }

  damaged(damage: string): void {
    for (const observer of this.#observers) observer.damaged?.(damage)
  }

  failed(diagnostics: readonly Diagnostic[]): void {
    for (const observer of this.#observers) observer.failed?.(diagnostics)
    Object.assign(this.#status, { state: 'failing', reason: diagnostics[0] ? locatedMessage(diagnostics[0]) : '' })
  }

  connected(kind: Kind | 'configmaps', server: string): void {
    this.#status.watches[kind] = { connected: true, server }
  }

  lost(kind: Kind | 'configmaps', code: string, reason: string): void {
    for (const observer of this.#observers) observer.lost?.(kind, code)
    this.#status.watches[kind] = { ...this.#status.watches[kind], connected: false, reason }
  }

  /** The API server told of a change of an object. */
  changed(kind: Kind): void {
    for (const observer of this.#observers) observer.changed?.(kind)
  }

  /** Endpoints that changed so many seconds ago are in the kernel. */
  programmed(seconds: readonly number[]): void {
    for (const observer of this.#observers) for (const duration of seconds) observer.programmed?.(duration)
  }

  destroyed(sockets: number): void {
    for (const observer of this.#observers) observer.destroyed?.(sockets)
  }

  recorded(): void {
    this.#status.checkpoint = now()
  }
}

function now(): string {
  return new Date().toISOString()
}
