// SPDX-License-Identifier: Apache-2.0
import { type Address, formatHostPort } from '../base/address.ts'
import { byText } from '../base/sort.ts'
import type { Service as Source } from '../cluster/service.ts'
import { byServiceName } from '../spec/normalise.ts'
import type { Port, Service } from '../spec/spec.ts'

/** A Service that has frontends: as the cluster has it, and as the spec has it while it owns all that it claims. */
export interface Candidate {
  source: Source
  spec: Service
}

/** A Service's claim on what only one Service can own. */
export type Claim = {
  /** `frontend 10.0.0.1:80/TCP`; equal for claims on the same. */
  key: string
  candidate: Candidate
  /** One of `RANK`: a lower one wins. */
  rank: number
} & (
  | { kind: 'frontend'; address: Address; port: Port }
  /** An address with all its ports, which a cluster IP takes from VIPs that other Services declare. */
  | { kind: 'address'; address: Address }
  | { kind: 'nodePort'; port: Port }
  | { kind: 'healthCheckNodePort' }
  /** A declared VIP that is an address of a node, at a port that may be another Service's node port. Only a node port wins. */
  | { kind: 'portOfNode'; address: Address; port: Port }
)

/**
 * Who outranks whom. The API server allocates cluster IPs and node ports; a Service declares its external IPs itself, and its
 * load balancer addresses are in its status.
 */
export const RANK = { allocated: 0, external: 1, loadBalancer: 2, healthCheck: 3, portOfNode: 4 } as const

/** What a Service claims, in the order of its ports. `nodeAddresses`: of all nodes. */
export function claimsOf(candidate: Candidate, nodeAddresses: ReadonlyMap<Address, unknown>): Claim[] {
  const { spec } = candidate
  const claims: Claim[] = []
  for (const [address, rank] of ranksOf(candidate)) {
    claims.push({ kind: 'address', key: addressKey(address), candidate, rank, address })
    const isAtNode = rank !== RANK.allocated && nodeAddresses.has(address)
    for (const port of spec.ports) {
      claims.push({ kind: 'frontend', key: frontendKey(address, port), candidate, rank, address, port })
      if (!isAtNode) continue
      const key = nodePortKey(port.port, port.protocol)
      claims.push({ kind: 'portOfNode', key, candidate, rank: RANK.portOfNode, address, port })
    }
  }
  for (const port of spec.ports) {
    if (port.nodePort === undefined) continue
    const key = nodePortKey(port.nodePort, port.protocol)
    claims.push({ kind: 'nodePort', key, candidate, rank: RANK.allocated, port })
  }
  const health = spec.healthCheckNodePort
  if (health !== undefined) {
    const key = nodePortKey(health, 'TCP')
    claims.push({ kind: 'healthCheckNodePort', key, candidate, rank: RANK.healthCheck })
  }
  return claims
}

/** The VIPs of a Service, each with the best rank that the Service has for it. */
function ranksOf({ source, spec }: Candidate): Map<Address, number> {
  return new Map([
    ...spec.loadBalancerIPs.map(address => {
      const isExternal = source.externalIPs.includes(address)
      return [address, isExternal ? RANK.external : RANK.loadBalancer] as const
    }),
    ...spec.externalIPs.map(address => [address, RANK.external] as const),
    ...spec.clusterIPs.map(address => [address, RANK.allocated] as const),
  ])
}

export function addressKey(address: Address): string {
  return `address ${address}`
}

function frontendKey(address: Address, { port, protocol }: Port): string {
  return `frontend ${formatHostPort(address, port)}/${protocol}`
}

/** Node ports and health check ports share the ports of a node. */
function nodePortKey(number: number, protocol: string): string {
  return `nodePort ${number}/${protocol}`
}

/**
 * The order of claims on one key, the owner first: by rank, then the oldest Service, then by namespace and name (upstream: the
 * last one written, kubernetes#69599). A Service without a creation time counts as the youngest.
 */
export function byPrecedence(a: Claim, b: Claim): number {
  const [{ source: left }, { source: right }] = [a.candidate, b.candidate]
  return a.rank - b.rank || byText(left.created || '~', right.created || '~') || byServiceName(left, right)
}

/** Does a claim lose what it is for, when another claim owns its key? */
export function isLostTo(claim: Claim, owner: Claim): boolean {
  if (claim === owner) return false
  if (claim.kind === 'address') return owner.rank === RANK.allocated && owner.candidate !== claim.candidate
  if (claim.kind === 'portOfNode') return owner.kind === 'nodePort' && owner.candidate !== claim.candidate
  return true
}
