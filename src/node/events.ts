// SPDX-License-Identifier: Apache-2.0
import type { Changeset } from './changeset.ts'

/** What a use case is doing, told while it does it. The caller decides whether and how to show it. */
export type NodeEvent =
  | { kind: 'compiling' }
  | { kind: 'planned'; changeset: Changeset }
  /** A new generation is filled, loaded and read back; nothing is attached yet. */
  | { kind: 'staging'; done: number; total: number }
  /** The maps that serve are written; both count map writes. */
  | { kind: 'writing'; done: number; total: number }
  | { kind: 'verifying' }
  | { kind: 'destroying sockets' }
  | ({ kind: 'notice' } & Notice)

/** A remark beside the result: what is not served, what is lost, which foreign programs share a hook. */
export interface Notice {
  severity: 'note' | 'warning'
  /** Stable, kebab-case. */
  code: string
  message: string
}

export type EventSink = (event: NodeEvent) => void
