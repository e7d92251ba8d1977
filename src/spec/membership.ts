// SPDX-License-Identifier: Apache-2.0
import { serviceKey } from './name.ts'
import type { EndpointGroup, Membership, Spec } from './spec.ts'

/** The membership of a spec, in the order of its Services. */
export function membershipOf({ services }: Spec): Membership {
  const membership = new Map<string, readonly EndpointGroup[]>()
  for (const service of services) {
    if (service.endpoints.length > 0) membership.set(serviceKey(service), service.endpoints)
  }
  return membership
}
