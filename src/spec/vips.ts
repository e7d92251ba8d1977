// SPDX-License-Identifier: Apache-2.0
import type { Address } from '../base/address.ts'
import type { Service } from './spec.ts'

/** All VIPs of a Service; one that is in two lists is there twice. */
export function vipsOf({ clusterIPs, externalIPs, loadBalancerIPs }: Service): Address[] {
  return [...clusterIPs, ...externalIPs, ...loadBalancerIPs]
}
