// SPDX-License-Identifier: Apache-2.0
import { membershipHash } from '../../spec/revision.ts'
import type { Spec } from '../../spec/spec.ts'

/** When a membership became what is applied on this node. */
export interface AppliedMembership {
  /** The first 16 digits of its hash. */
  hash: string
  /** ISO 8601, UTC. */
  since: string
}

/**
 * How old a membership is, as far as this node can tell: a spec has no time. `applied`: it is what is applied, since then. `older`:
 * it was applied here, and another one replaced it then; either the endpoints came back, or the spec is stale. `new`: it was not
 * applied here, or too long ago.
 */
export type MembershipAge =
  | { state: 'applied'; since: string }
  | { state: 'older'; replaced: string }
  | { state: 'new' }

/** A node keeps so many; an entry of the history then takes 20 KB. */
const KEPT = 256
const DIGITS = 16

/** The memberships that were applied, the latest last, once that of `spec` is applied too. */
export function membershipsWith(applied: readonly AppliedMembership[], spec: Spec, since: string): AppliedMembership[] {
  const hash = shortHash(spec)
  return applied.at(-1)?.hash === hash ? [...applied] : [...applied, { hash, since }].slice(-KEPT)
}

/** Compares the membership of a spec with those that were applied, the latest last. */
export function membershipAge(applied: readonly AppliedMembership[], spec: Spec): MembershipAge {
  const hash = shortHash(spec)
  const at = applied.findLastIndex(one => one.hash === hash)
  if (at < 0) return { state: 'new' }
  const next = applied[at + 1]
  return next ? { state: 'older', replaced: next.since } : { state: 'applied', since: applied[at]!.since }
}

function shortHash(spec: Spec): string {
  return membershipHash(spec).slice(0, DIGITS)
}

/** Is this what an entry of the history may have for its memberships? */
export function areMemberships(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.every(one => /^[0-9a-f]{16}$/.test(one?.hash) && !Number.isNaN(Date.parse(one?.since)))
  )
}
