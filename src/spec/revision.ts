import { createHash } from 'node:crypto'
import { canonicalTextOf } from './canonical/text.ts'
import type { Spec } from './spec.ts'

/** The identity of a spec: SHA-256, in hex, of its canonical YAML text, whatever form it was read from. */
export function revisionOf(spec: Spec): string {
  return createHash('sha256').update(canonicalTextOf(spec)).digest('hex')
}
