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

/** A Service's claim on what only one can own: an address with port and protocol, a cluster IP, or a port of the nodes. */
export type Claim = {
  /** `frontend 10.0.0.1:80/TCP`; equal for claims on the same. */
  key: string
  candidate: Candidate
} & (
  | { kind: 'frontend'; address: Address; port: Port }
  | { kind: 'clusterIP'; address: Address }
  | { kind: 'nodePort'; port: Port }
  | { kind: 'healthCheckNodePort' }
)

/** What a Service claims, in the order of its ports. */
export function claimsOf(candidate: Candidate): Claim[] {
  const { spec } = candidate
  const vips = vipsOf(spec)
  const claims = spec.clusterIPs.map((address): Claim => {
    return { kind: 'clusterIP', key: clusterIPKey(address), candidate, address }
  })
  for (const port of spec.ports) {
    for (const address of vips)
      claims.push({ kind: 'frontend', key: frontendKey(address, port), candidate, address, port })
    if (port.nodePort !== undefined)
      claims.push({ kind: 'nodePort', key: nodePortKey(port.nodePort, port.protocol), candidate, port })
  }
  const health = spec.healthCheckNodePort
  if (health !== undefined) claims.push({ kind: 'healthCheckNodePort', key: nodePortKey(health, 'TCP'), candidate })
  return claims
}

/** All VIPs of a Service. */
export function vipsOf(service: Service): Address[] {
  return [...service.clusterIPs, ...service.externalIPs, ...service.loadBalancerIPs]
}

export function clusterIPKey(address: Address): string {
  return `clusterIP ${address}`
}

function frontendKey(address: Address, { port, protocol }: Port): string {
  return `frontend ${formatHostPort(address, port)}/${protocol}`
}

/** Node ports and health check ports share the ports of a node. */
function nodePortKey(number: number, protocol: string): string {
  return `nodePort ${number}/${protocol}`
}

/**
 * The order of claims on one key, the owner first: a node port before a health check port, then the oldest Service, then by
 * namespace and name (upstream: the last one written, kubernetes#69599). A Service without a creation time counts as the
 * youngest.
 */
export function byPrecedence(a: Claim, b: Claim): number {
  const [{ source: left }, { source: right }] = [a.candidate, b.candidate]
  return rankOf(a) - rankOf(b) || byText(left.created || '~', right.created || '~') || byServiceName(left, right)
}

function rankOf({ kind }: Claim): number {
  return kind === 'healthCheckNodePort' ? 1 : 0
}
