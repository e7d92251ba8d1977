// SPDX-License-Identifier: Apache-2.0
import { byText } from '../../base/sort.ts'
import type { Verdict } from '../../compile/frontend.ts'

/** Connections of pods and processes of the host, or connections that reach the host from elsewhere. */
export type Clients = 'here' | 'elsewhere'

/** What a change does to the clients of one service port at one host. */
export type Effect = { service: string; clients: Clients } & Detail

/** The kinds of effects, with their details. */
export type Detail =
  /** Connections found a backend before; now `no-endpoint` is left, or `no-local-endpoint` under policy Local. */
  | { kind: 'unreachable'; cause: 'no-endpoint' | 'no-local-endpoint' }
  | { kind: 'reachable' }
  /** All backends were in the host's zone; now some are in these. */
  | { kind: 'crosses-zones'; zones: string[] }
  | { kind: 'stays-in-zone' }
  /** Connections find other backends, or more of them, or fewer. */
  | { kind: 'backends' }

export type EffectKind = Effect['kind']

/** An effect with its frontends. */
export type FrontendEffect = Effect & {
  /** `10.96.0.10:53/UDP`, `nodePort:30080/TCP` */
  frontends: string[]
  before: Verdict
  after: Verdict
}

/** Nodes with the same effects. */
export interface Impact {
  nodes: string[]
  /** Losses first. */
  effects: Effect[]
}

const LOSSES: Readonly<Record<EffectKind, boolean>> = {
  unreachable: true,
  'crosses-zones': true,
  backends: false,
  reachable: false,
  'stays-in-zone': false,
}

/** Does the effect take something away from clients? */
export function isLoss({ kind }: Pick<Effect, 'kind'>): boolean {
  return LOSSES[kind]
}

/** Losses first, then by service port. */
export function byLoss(a: Effect, b: Effect): number {
  return Number(isLoss(b)) - Number(isLoss(a)) || byText(a.service, b.service) || byText(b.clients, a.clients)
}
