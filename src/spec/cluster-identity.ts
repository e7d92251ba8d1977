// SPDX-License-Identifier: Apache-2.0
import type { Address } from '../base/address.ts'
import type { Spec } from './spec.ts'

/**
 * What tells a cluster from another as far as a spec says: the cluster IPs of default/kubernetes, which the API server makes
 * first of all, in the cluster's own range, and never changes (a second family may join them). Empty when the spec has no such
 * Service. Clusters that were set up with the same range have the same.
 */
export function clusterIdentity(spec: Spec): Address[] {
  return spec.services.find(s => s.namespace === 'default' && s.name === 'kubernetes')?.clusterIPs ?? []
}
