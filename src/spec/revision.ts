import { createHash } from 'node:crypto'
import { printYaml } from './print.ts'
import type { Spec } from './spec.ts'

/** The identity of a spec: SHA-256, in hex, of its canonical YAML text, whatever form it was read from. */
export function revisionOf(spec: Spec): string {
  return createHash('sha256').update(printYaml(spec)).digest('hex')
}
