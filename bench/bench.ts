// SPDX-License-Identifier: Apache-2.0
import type { Scratch } from './scratch.ts'
import type { Variant } from './variant.ts'

/** What a section is given. */
export interface Bench {
  scratch: Scratch
  rounds: number
  /** The builds to measure; at least one. */
  variants: readonly [Variant, ...Variant[]]
  /** Only rows whose name it matches. */
  only: RegExp
}
