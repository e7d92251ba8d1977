// SPDX-License-Identifier: Apache-2.0
import { type Address, byAddress } from '../../base/address.ts'
import { byText } from '../../base/sort.ts'
import type { Impact } from '../impact/effect.ts'
import type { EdgeReview } from './edges.ts'

/** What a change puts at risk, the worst first: the order in which reports list changes. */
export const RISKS = ['emptied', 'removed', 'policy', 'changed', 'added'] as const
export type Risk = (typeof RISKS)[number]

/** An endpoint of a Service. */
export interface Member {
  address: Address
  /** Maps do not have it. */
  node?: string | undefined
}

/** Endpoints that stay, and change in the same way. */
export interface Alteration {
  /** `ready → terminating, still serving` */
  change: string
  endpoints: Member[]
}

/** What happens to one Service: all its ports, families and frontends together. */
export interface ServiceChange {
  /** namespace/name; absent when only the kernel knows it. */
  service: string | undefined
  risk: Risk
  /** `10.96.0.10:53/UDP`, `nodePort:30080/TCP`: all, where the Service comes or goes; else those that it loses and gains. */
  frontends: { lost: string[]; gained: string[] }
  /** What loses its last backend: `3 → 0 endpoints`, `grpc over IPv6: 1 → 0 endpoints`. */
  emptied: string[]
  /** Differences in exposure: `externalTrafficPolicy Cluster → Local`. */
  exposure: string[]
  /** By address, each once. */
  lost: Member[]
  gained: Member[]
  altered: Alteration[]
  /** Endpoints that can get traffic. */
  before: number
  after: number
}

/** A node that comes, goes or changes. */
export interface NodeChange {
  node: string
  kind: 'removed' | 'changed' | 'added'
  /** `zone a → b`, `-192.168.50.1` */
  changes: string[]
}

/** An external IP or load balancer address that a Service did not have: traffic to it goes to the Service (CVE-2020-8554). */
export interface NewAddress {
  address: Address
  kind: 'externalIP' | 'loadBalancer'
  /** namespace/name */
  service: string
}

/** The difference of two states of the Services, as a value; print/ has its forms. */
export interface Review {
  /** The riskiest first, then by name. */
  services: ServiceChange[]
  nodes: NodeChange[]
  /** Where packets from outside are translated, of one node: riskier than any Service. Absent where it does not change. */
  edges?: EdgeReview[]
  /** By Service, in the order of the new spec. Absent when the states are images. */
  newAddresses?: NewAddress[]
  /** On nodes that both specs have. Present when it was asked for. */
  impact?: Impact[]
}

export function isEqual({ services, nodes, edges = [] }: Review): boolean {
  return services.length + nodes.length + edges.length === 0
}

export function sortedByRisk(services: readonly ServiceChange[]): ServiceChange[] {
  return [...services].sort(byRisk)
}

/** Of the same risk, those come first that take something away from clients. */
function byRisk(a: ServiceChange, b: ServiceChange): number {
  if (a.risk !== b.risk) return RISKS.indexOf(a.risk) - RISKS.indexOf(b.risk)
  const taken = Number(b.frontends.lost.length > 0) - Number(a.frontends.lost.length > 0)
  return taken || byText(serviceName(a), serviceName(b)) || byText(a.frontends.lost[0] ?? '', b.frontends.lost[0] ?? '')
}

export function serviceName({ service }: ServiceChange): string {
  return service ?? '(unknown)'
}

export function byMember(a: Member, b: Member): number {
  return byAddress(a.address, b.address)
}

export function countsOf({ services }: Review): Record<Risk, number> {
  const counts = { emptied: 0, removed: 0, policy: 0, changed: 0, added: 0 }
  for (const { risk } of services) counts[risk]++
  return counts
}
