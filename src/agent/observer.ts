// SPDX-License-Identifier: Apache-2.0
import type { Diagnostic } from '../base/diagnostic.ts'
import type { Kind } from './store.ts'

/** Hears what an agent does, as it happens. Calls are short; times are in seconds. */
export interface Observer {
  /** The API server told of a change of an object. */
  changed?(kind: Kind): void
  /** A plan of changes was written. */
  flushed?(writes: number, seconds: number): void
  /** The whole spec was applied. */
  applied?(seconds: number): void
  /** The node does all that is desired, whether that took a write or not. */
  served?(): void
  /** What is desired could not be applied, or what serves could not be looked at. */
  failed?(diagnostics: readonly Diagnostic[]): void
  /** Endpoints that changed `seconds` ago, by the clock of the API server's controllers, are in the kernel. */
  programmed?(seconds: number): void
  /** The maps were read back; so many entries were not as they are to be. */
  resynced?(entries: number): void
  /** What serves was damaged, and is repaired. */
  damaged?(damage: string): void
  /** What the API server or a review says does not count for now: why, and what counts instead. */
  stale?(note: string): void
  /** The healthCheckNodePort of a Service, `namespace/name`, cannot be served. */
  portFailed?(service: string, port: number, reason: string): void
  /** An API server, `host`, answered a request with this HTTP status. */
  answered?(method: string, host: string, status: number): void
  /** A watch ended, or a request failed. */
  lost?(kind: Kind | 'configmaps', code: string): void
  /** Stale sockets were destroyed. */
  destroyed?(sockets: number): void
}
