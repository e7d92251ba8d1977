// SPDX-License-Identifier: Apache-2.0
import { isMap, type Raw } from '../cluster/reader.ts'

const AUTOSCALER_TAINT = 'ToBeDeletedByClusterAutoscaler'

/** Whether a v1 Node may get traffic from load balancers: it is neither being deleted nor about to be by the cluster autoscaler (KEP-3836). */
export function isEligible({ metadata, spec }: Raw): boolean {
  if (isMap(metadata) && (metadata.deletionTimestamp ?? null) !== null) return false
  const taints = isMap(spec) && Array.isArray(spec.taints) ? spec.taints : []
  return !taints.some(taint => isMap(taint) && taint.key === AUTOSCALER_TAINT)
}
