import type { Status } from '../cli/output/status-text.ts'

/**
 * How a node stands: `damaged` when something that apply makes is not as it left it, `drifted` when entries are not what the spec
 * that was put in place last wants, `unknown` when there is no such spec to compare with.
 */
export type Standing = 'in step' | 'drifted' | 'damaged' | 'unknown' | 'nothing applied'

/** The first thing that an operator wants to know, and why, in a sentence. */
export function verdictOf(status: Omit<Status, 'standing' | 'reason'>): Pick<Status, 'standing' | 'reason'> {
  const { pinDir, cgroup, revision, applied, drift, driftUnknown } = status
  const broken = brokenIn(status)
  if (broken !== undefined) return { standing: 'damaged', reason: `${broken}; apply the spec again` }
  if (revision === null) return { standing: 'nothing applied', reason: `to ${cgroup} from ${pinDir}` }
  if (applied === null || driftUnknown !== null)
    return { standing: 'unknown', reason: `drift cannot be judged: ${driftUnknown}` }
  const wanted = applied.revision.slice(0, 12)
  if (drift.length === 0 && revision === applied.revision)
    return { standing: 'in step', reason: `every entry is what revision ${wanted} wants` }
  const entries = drift.length === 1 ? '1 entry is' : `${drift.length} entries are`
  const parts = [
    revision === applied.revision
      ? ''
      : `the maps say revision ${revision.slice(0, 12)}, and ${wanted} was put in place`,
    drift.length === 0 ? '' : `${entries} not what revision ${wanted} wants`,
  ].filter(Boolean)
  return { standing: 'drifted', reason: `${parts.join('; ')}; the next apply puts it right${doubt(status)}` }
}

function brokenIn({ revision, programs, damage, orphans, leftovers }: Omit<Status, 'standing' | 'reason'>) {
  if (damage !== null) return damage
  if (orphans.length > 0) return `programs have lost their pins: ${orphans.map(o => o.name).join(', ')}`
  const idle = Object.entries(programs).filter(([, state]) => state !== 'attached')
  if (revision !== null && idle.length > 0) return `not attached: ${idle.map(([name]) => name).join(', ')}`
  if (leftovers.length > 0) return `an apply was not finished: ${leftovers.join(', ')}`
  return undefined
}

/** Another build may compile the same spec to other entries. */
function doubt({ currentBuild }: Pick<Status, 'currentBuild'>): string {
  return currentBuild ? '' : ' (or another build compiles the spec otherwise)'
}
