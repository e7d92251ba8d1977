// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { canonicalTextOf, exposureTextOf, membershipPart } from './canonical/text.ts'
import type { Exposure, Spec } from './spec.ts'

/**
 * The identity of an exposure: SHA-256, in hex, of its canonical YAML text, whatever form it was read from. Endpoints have no
 * part in it: a spec has the revision of its exposure.
 */
export function revisionOf(exposure: Exposure): string {
  return sha256(exposureTextOf(exposure))
}

/** The identity of a membership: SHA-256, in hex, of the canonical text of a spec from its endpoints on. */
export function membershipHash(spec: Spec): string {
  return sha256(membershipPart(canonicalTextOf(spec)))
}

/** The identity of a whole spec: SHA-256, in hex, of its canonical text. The `revision` of builds up to 0.1.0. */
export function specHash(spec: Spec): string {
  return sha256(canonicalTextOf(spec))
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
