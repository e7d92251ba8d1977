// SPDX-License-Identifier: Apache-2.0
import type { FrontendKind } from '../compile/frontend.ts'
import type { Endpoint } from '../spec/spec.ts'

type VipField = 'clusterIPs' | 'externalIPs' | 'loadBalancerIPs'

/** The lists that hold the VIPs of a Service, and the kind of frontend that each makes. */
export const KIND_OF_VIPS = {
  clusterIPs: 'clusterIP',
  externalIPs: 'externalIP',
  loadBalancerIPs: 'loadBalancer',
} as const satisfies Readonly<Record<VipField, FrontendKind>>

export const VIP_FIELDS = Object.keys(KIND_OF_VIPS) as VipField[]

/** An endpoint that some policy sends to, if there is nothing better (KEP-1669). */
export function isUsable({ ready, serving, terminating }: Endpoint): boolean {
  return ready || (serving && terminating)
}
