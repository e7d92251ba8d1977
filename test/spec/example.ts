// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs'

/** A canonical spec with everything in it. */
export const EXAMPLE = readFileSync(new URL('./example.yaml', import.meta.url), 'utf8')

/** The example with one piece of it replaced; the piece has to be there. */
export function changed(piece: string, by: string): string {
  if (!EXAMPLE.includes(piece)) throw new Error(`not in the example: ${piece}`)
  return EXAMPLE.replace(piece, () => by)
}

/** The example up to its endpoints section. */
export const WITHOUT_ENDPOINTS = EXAMPLE.slice(0, EXAMPLE.indexOf('endpoints:\n'))
