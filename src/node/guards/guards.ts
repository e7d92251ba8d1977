import { failure } from '../../base/failure.ts'
import { emptySpec, massRemoval, orphanedPrograms, unreadableGeneration } from './changes.ts'
import type { Guard, GuardSubject } from './guard.ts'
import { olderSpec, otherCluster } from './provenance.ts'

/** In the order in which they are asked: the first that refuses is the answer. */
const GUARDS = [otherCluster, olderSpec, orphanedPrograms, unreadableGeneration, massRemoval, emptySpec] as const

/**
 * What a caller may waive: each guard, and `no-history`, by which an apply is refused that the history could not record.
 */
export type Waiver = (typeof GUARDS)[number]['code'] | 'no-history'

/** What `--force` waives. */
export const ALL_WAIVERS: ReadonlySet<Waiver> = new Set([...GUARDS.map(guard => guard.code), 'no-history' as const])

/** Refuses an apply that looks like a mistake, unless that guard is waived. */
export function requireGuards(subject: GuardSubject, waived: ReadonlySet<Waiver>): void {
  for (const guard of GUARDS) {
    const { code, exitCode, check }: Guard & { code: Waiver } = guard
    const refusal = waived.has(code) ? undefined : check(subject)
    if (refusal) throw failure(exitCode, code, refusal.message, refusal.hint)
  }
}
