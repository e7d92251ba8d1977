// SPDX-License-Identifier: Apache-2.0
import type { AttachedProgram } from '../hooks/attached.ts'
import type { ForeignFilter } from '../hooks/foreign-filters.ts'
import type { ForeignProgram } from '../hooks/foreign-program.ts'
import type { Generation } from './generation.ts'

export interface NodeState {
  /** Oldest first. */
  generations: Generation[]
  /** The newest generation with a program attached to the cgroup. */
  current: Generation | undefined
  /** Programs of balancing whose pins are gone, and every map's too, so that no generation has them. */
  orphans: AttachedProgram[]
  /** Foreign programs at our hooks: in the cgroup, then in those above it, the nearest first. */
  foreign: ForeignProgram[]
  /** What packets meet at the edges of the current generation before our programs. */
  foreignFilters: ForeignFilter[]
}

/** The ids of all programs of balancing that are attached. */
export function ownPrograms({ generations, orphans }: Pick<NodeState, 'generations' | 'orphans'>): Set<number> {
  return new Set([...generations.flatMap(g => g.attached), ...orphans].map(({ id }) => id))
}
