import type { EffectSummary, ImpactSummary } from '../impact/print.ts'

/** What `explain -o json` prints: plain data, in the words of the spec. Fields are added, never renamed, within a version. */
export interface Explanation {
  apiVersion: 'balancing.elf.io/v1alpha1'
  kind: 'Explanation'
  /** What was asked. */
  what: string
  /** Which form that has: service, destination, address, nodePort, node. */
  subject: string
  /** What it is, in a sentence. */
  summary: string
  /** Revision of the spec that this is about. */
  revision: string
  /** Whose dataplane decides; `external` for a host outside of the cluster. */
  node: string
  /** Who dials, in words. */
  client: string
  /** Where it stands in the spec. */
  place: Place | null
  /** What becomes of a connection to it. */
  frontends: FrontendAnswer[]
  /** The endpoints behind these frontends. */
  lists: EndpointList[]
  /** For the address of an endpoint, or a node: where it serves. */
  members: MemberAnswer[]
  /** What else there is to say. */
  notes: string[]
  /** What would be without some pods or nodes. */
  without: WithoutAnswer | null
  /** What the kernel of this node holds; null when it was not asked. */
  kernel: KernelAnswer | null
}

export interface Place {
  file: string
  line: number
}

/**
 * `forward` to one of the backends, all equally likely; `refuse` at once; `drop` without a word; `pass`: left alone, as if
 * there were no balancing.
 */
export interface Outcome {
  action: 'forward' | 'refuse' | 'drop' | 'pass'
  /** Of `refuse`. */
  errno: string | null
  backends: string[]
  /** Why, in words. */
  why: string
}

export interface FrontendAnswer extends Outcome {
  /** clusterIP, nodePort, externalIP, loadBalancer; null when it is no frontend. */
  frontend: string | null
  /** ns/name:port */
  service: string | null
  /** A node port has many. */
  addresses: string[]
  /** Whose these are, in words, when they are a node port's. */
  where: string | null
  port: number
  protocol: string
  /** What else there is to say of this frontend. */
  notes: string[]
  /** What processes of the node itself meet, where that differs. */
  itself: Outcome | null
  /** What clients meet who come to this node from elsewhere, where that differs. */
  elsewhere: Outcome | null
  place: Place | null
  kernel: KernelFrontend | null
}

export interface EndpointList {
  /** ns/name:port */
  service: string
  family: 4 | 6
  /** The frontends that use it, as they are dialled. */
  frontends: string[]
  policy: string
  /** What topology hints do. */
  hints: string | null
  endpoints: EndpointAnswer[]
  place: Place | null
}

export interface EndpointAnswer {
  endpoint: string
  node: string | null
  zone: string | null
  included: boolean
  /** Stable: ready, last-resort, other-zone, other-node, draining, terminated, not-ready, elsewhere, copy. */
  reason: string
  why: string
  place: Place | null
}

export interface MemberAnswer {
  service: string
  endpoint: string
  policy: string
  included: boolean
  reason: string
  why: string
  /** No other endpoint of its node can be used there. */
  onlyOneHere: boolean
  place: Place | null
}

export interface KernelFrontend extends Omit<Outcome, 'why'> {
  agrees: boolean
  /** In words. */
  differs: string[]
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
