// SPDX-License-Identifier: Apache-2.0
import { thousands } from '../base/count.ts'
import { shortRevision } from '../base/short-revision.ts'
import type { NodeStatus } from './node-status.ts'

type Facts = Omit<NodeStatus, 'syncState' | 'reason'>

/** The judgement of a node, and why. */
export function judge(facts: Facts): Pick<NodeStatus, 'syncState' | 'reason'> {
  const { pinDir, cgroup, revision, applied, drift, driftUnknown, damage } = facts
  const [worst] = damage
  if (worst) return { syncState: 'damaged', reason: `${worst.message}; apply the spec again` }
  if (revision === null) return { syncState: 'nothing-applied', reason: `to ${cgroup} from ${pinDir}` }
  if (applied === null || driftUnknown !== null)
    return { syncState: 'unknown', reason: `drift cannot be told: ${driftUnknown}` }
  const wanted = shortRevision(applied.revision)
  if (drift.length === 0 && revision === applied.revision)
    return { syncState: 'in-sync', reason: `every entry is as revision ${wanted} has it` }
  const differences = [
    revision === applied.revision
      ? ''
      : `the maps say revision ${shortRevision(revision)}, and ${wanted} was applied last`,
    drift.length === 0 ? '' : `${differ(drift.length)} from revision ${wanted}`,
  ].filter(Boolean)
  return { syncState: 'drifted', reason: `${differences.join('; ')}; the next apply repairs it${doubt(facts)}` }
}

function differ(entries: number): string {
  return entries === 1 ? '1 entry differs' : `${thousands(entries)} entries differ`
}

/** Another build may compile the same spec to other entries. */
function doubt({ thisBuild }: Facts): string {
  return thisBuild ? '' : ' (or another build compiles the spec differently)'
}
