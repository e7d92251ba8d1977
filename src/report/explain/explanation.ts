// SPDX-License-Identifier: Apache-2.0
import type { Place } from '../../base/place.ts'
import type { EffectSummary, ImpactSummary } from '../impact/print.ts'
import type { TranslatedAt } from './question/client.ts'

/** What `explain -o json` prints. Within a version fields are added and never renamed. */
export interface Explanation {
  apiVersion: 'balancing.elf.io/v1alpha1'
  kind: 'Explanation'
  /** The question, as it was asked. */
  what: string
  /** Its form: service, destination, address, nodePort, node. */
  subject: string
  /** What the subject is. */
  summary: string
  /** Revision of the spec. */
  revision: string
  /** The node whose dataplane decides; `external` for a host outside the cluster. */
  node: string
  /** The client: `a pod on node-a`, `a client outside that reaches node-a`. */
  client: string
  /** Where what the client sends is translated: at its sockets, at an edge, at the host's side of its pod's device, or nowhere. */
  translatedAt: TranslatedAt
  /** Where the subject is in the spec. */
  place: SpecLine | null
  /** The answer for each frontend. */
  frontends: FrontendAnswer[]
  /** The endpoints behind these frontends. */
  endpointLists: EndpointList[]
  /** For the address of an endpoint, or a node: the service ports that its endpoints serve. */
  memberships: MembershipAnswer[]
  /** Further remarks. */
  notes: string[]
  /** The impact of taking endpoints away; null when it was not asked. */
  without: WithoutAnswer | null
  /** What the kernel of the node holds; null when it was not asked. */
  kernel: KernelAnswer | null
}

/** A line of the spec. */
export type SpecLine = Required<Pick<Place, 'file' | 'line'>>

/**
 * `forward`: to one of the backends, all equally likely. `refuse`: the client gets an error at once. `drop`: silently. `pass`: the
 * datapath leaves the connection alone.
 */
export interface FlowAnswer {
  action: 'forward' | 'refuse' | 'drop' | 'pass'
  /** Of `refuse`. */
  errno: string | null
  backends: string[]
  /** The reason. */
  why: string
}

export interface FrontendAnswer extends FlowAnswer {
  /** clusterIP, nodePort, externalIP, loadBalancer; null when there is no frontend. */
  frontend: string | null
  /** ns/name:port */
  service: string | null
  /** A node port has many. */
  addresses: string[]
  /** Of a node port: the nodes that have these addresses. */
  where: string | null
  port: number
  protocol: string
  /** Further remarks on this frontend. */
  notes: string[]
  /** The answer for processes in the host network namespace of the node, if it differs. */
  hostNetwork: FlowAnswer | null
  /** The answer for clients that reach the node from elsewhere, if it differs. */
  elsewhere: FlowAnswer | null
  place: SpecLine | null
  kernel: KernelFrontend | null
}

export interface EndpointList {
  /** ns/name:port */
  service: string
  family: 4 | 6
  /** The frontends that choose from it: `10.96.0.10:53/UDP`. */
  frontends: string[]
  policy: string
  /** What topology hints do. */
  hints: string | null
  endpoints: EndpointAnswer[]
  place: SpecLine | null
}

export interface EndpointAnswer {
  endpoint: string
  node: string | null
  zone: string | null
  included: boolean
  /** Stable: ready, last-resort, other-zone, other-node, draining, terminated, not-ready, elsewhere, copy. */
  reason: string
  why: string
  place: SpecLine | null
}

export interface MembershipAnswer {
  service: string
  endpoint: string
  policy: string
  included: boolean
  reason: string
  why: string
  /** No other endpoint on its node can be used. */
  onlyOneOnNode: boolean
  place: SpecLine | null
}

export interface KernelFrontend extends Omit<FlowAnswer, 'why'> {
  agrees: boolean
  /** How it differs from the spec. */
  differences: string[]
}

export interface KernelAnswer {
  /** Of the spec that was applied last. */
  revision: string | null
  agrees: boolean
  notes: string[]
}

/** The impact of taking endpoints away. */
export interface WithoutAnswer {
  /** As given. */
  removed: string[]
  /** On the client's connections, losses first. */
  effects: EffectAnswer[]
  /** The nodes where a service port becomes unreachable, but for those without any endpoint: `effects` has them. */
  impact: ImpactSummary[]
}

export interface EffectAnswer extends EffectSummary {
  /** Frontends that are treated alike. */
  frontends: string[]
  /** Number of backends. */
  before: number
  after: number
  lost: string[]
  gained: string[]
}
