// SPDX-License-Identifier: Apache-2.0
import { count, thousands } from '../../base/count.ts'
import { edgeCheck } from '../edges.ts'
import { ok, warn } from '../finding.ts'

/**
 * The kernel evicts records all the time once the map is full, for no record goes when its flow ends: mostly those of flows that
 * are over. That a flow in use missed one of its records tells that the map is too small for what comes.
 */
export const flowRecords = edgeCheck('flow-records', 'flows in use keep their records', async (_edges, machine) => {
  const { edgeCounts, flows, flowsUnknown } = (await machine.node()).status
  const records = flows && `${thousands(flows.records)} of ${count(flows.maxRecords, 'record')} in use`
  const evicted = flows?.evicted ? `, ${thousands(flows.evicted)} evicted since ${flows.since}` : ''
  if (edgeCounts?.restored && flows?.evicted !== 0)
    return warn(
      `${count(edgeCounts.restored, 'record')} evicted while the flow was in use, since the programs were loaded (${records ?? 'records in use unknown'}${evicted})`,
      'more flows begin than the records have room for: stop the flood if it is one (allow fewer sources by loadBalancerSourceRanges, or a firewall before the node), else spread clients over more nodes',
    )
  return ok(records === null ? `how many flows there are is unknown: ${flowsUnknown}` : `${records}${evicted}`)
})
