// SPDX-License-Identifier: Apache-2.0
import type { AttachedProgram } from './attached.ts'

/** A foreign program at one of our hooks. For the same call, one below our cgroup runs before ours, one above after. */
export interface ForeignProgram extends AttachedProgram {
  cgroup: string
}
