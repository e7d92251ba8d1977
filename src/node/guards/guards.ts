// SPDX-License-Identifier: Apache-2.0
import { EXIT } from '../../base/exit.ts'
import { failure } from '../../base/failure.ts'
import { excessOf } from '../../compile/budget.ts'
import type { Spec } from '../../spec/spec.ts'
import { emptySpec, massRemoval, orphanedPrograms, unreadableGeneration } from './changes.ts'
import type { Guard, GuardSubject } from './guard.ts'
import { olderSpec, otherCluster } from './provenance.ts'

/** In the order in which they are asked: the first that refuses is the answer. */
const GUARDS = [otherCluster, olderSpec, orphanedPrograms, unreadableGeneration, massRemoval, emptySpec] as const

/**
 * What a caller may waive: each guard; `no-history`, by which an apply is refused that the history could not record; and
 * `over-budget`, by which a spec is refused before it is compiled.
 */
export type Waiver = (typeof GUARDS)[number]['code'] | 'no-history' | 'over-budget'

/** What `--force` waives. */
export const ALL_WAIVERS: ReadonlySet<Waiver> = new Set([
  ...GUARDS.map(guard => guard.code),
  'no-history' as const,
  'over-budget' as const,
])

/** Refuses an apply that looks like a mistake, unless that guard is waived. */
export function requireGuards(subject: GuardSubject, waived: ReadonlySet<Waiver>): void {
  for (const guard of GUARDS) {
    const { code, exitCode, check }: Guard & { code: Waiver } = guard
    const refusal = waived.has(code) ? undefined : check(subject)
    if (refusal) throw failure(exitCode, code, refusal.message, refusal.hint)
  }
}

/** Refuses (exit 3) a spec that costs more than a node takes without being told to. */
export function requireBudget(spec: Spec, waived: ReadonlySet<Waiver>): void {
  const excess = waived.has('over-budget') ? undefined : excessOf(spec)
  if (excess) throw failure(EXIT.invalidInput, 'over-budget', excess.message, 'if that is what you want, give --force')
}
