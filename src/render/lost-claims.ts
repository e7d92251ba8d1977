// SPDX-License-Identifier: Apache-2.0
import { type Address, formatHostPort } from '../base/address.ts'
import type { Finding } from '../cluster/finding.ts'
import type { Service as Source } from '../cluster/service.ts'
import { serviceKey } from '../spec/name.ts'
import type { Port, Service } from '../spec/spec.ts'
import { vipsOf } from '../spec/vips.ts'
import { addressKey, type Candidate, type Claim, RANK } from './claims.ts'
import type { Ownership } from './ownership.ts'

/**
 * The Service of the spec without the claims that it lost: `except` of a port names the VIPs on which it has no frontend, and a
 * port that lost its node port has none.
 */
export function withoutLost({ spec }: Candidate, lost: readonly Claim[]): Service {
  const except = new Map<Port, Set<Address>>()
  const withoutNodePort = new Set<Port>()
  const leave = (port: Port, address: Address) => except.set(port, (except.get(port) ?? new Set()).add(address))
  for (const claim of lost) {
    if (claim.kind === 'frontend' || claim.kind === 'portOfNode') leave(claim.port, claim.address)
    else if (claim.kind === 'nodePort') withoutNodePort.add(claim.port)
    else if (isWholeAddress(claim)) for (const port of spec.ports) leave(port, claim.address)
  }
  if (except.size + withoutNodePort.size === 0) return spec
  const ports = spec.ports.map(port => {
    const { nodePort, ...rest } = { ...port, except: exceptOf(spec, except.get(port)) }
    return nodePort === undefined || withoutNodePort.has(port) ? rest : { ...rest, nodePort }
  })
  return { ...spec, ports }
}

/** In the order of the VIPs. */
function exceptOf(spec: Service, addresses: ReadonlySet<Address> | undefined): Address[] {
  return addresses ? vipsOf(spec).filter(address => addresses.has(address)) : []
}

/** A declared VIP that is a cluster IP of another Service. Of a cluster IP that two Services have, each port has its owner. */
function isWholeAddress(claim: Claim): claim is Claim & { kind: 'address' } {
  return claim.kind === 'address' && isDeclared(claim)
}

/** What to say of the claims that a Service lost. */
export function findLost(lost: readonly Claim[], owners: Ownership): Finding[] {
  const addresses = new Set(lost.flatMap(claim => (claim.kind === 'address' ? [claim.address] : [])))
  return lost.flatMap(claim => findingOf(claim, owners.ownerOf(claim.key)!, owners, addresses) ?? [])
}

/** `addresses` have findings of their own, which are not repeated for each port. */
function findingOf(claim: Claim, owner: Claim, owners: Ownership, addresses: ReadonlySet<Address>) {
  const { candidate } = claim
  switch (claim.kind) {
    case 'address':
      return isWholeAddress(claim)
        ? notItsClusterIP(claim, owner.candidate)
        : duplicateClusterIP(claim, owner.candidate)
    case 'frontend': {
      const isSaid =
        addresses.has(claim.address) && owners.ownerOf(addressKey(claim.address))!.candidate === owner.candidate
      return isSaid || (isDeclared(claim) && addresses.has(claim.address)) ? undefined : claimedTwice(claim, owner)
    }
    case 'nodePort': {
      const { nodePort, protocol } = claim.port
      const text = `node port ${nodePort}/${protocol} is also that of ${nameOf(owner.candidate)}, which came first; no node port leads to port "${claim.port.name}"`
      const finding = warn(candidate, 'duplicate-node-port', ['spec', 'ports'], text, owner.candidate)
      return { ...finding, hint: TWICE }
    }
    case 'healthCheckNodePort': {
      const port = candidate.spec.healthCheckNodePort
      const text = `healthCheckNodePort ${port} is also a port of ${nameOf(owner.candidate)} on every node`
      return warn(candidate, 'health-check-port-taken', ['spec', 'healthCheckNodePort'], text, owner.candidate)
    }
    case 'portOfNode': {
      const { address, port } = claim
      const text = `${formatFrontend(address, port)} belongs to ${nameOf(owner.candidate)}: it is a node port at an address of a node`
      const finding = warn(
        candidate,
        'frontend-claimed-twice',
        pathOf(candidate.source, address),
        text,
        owner.candidate,
      )
      return { ...finding, hint: OTHER_ADDRESS }
    }
  }
}

const OTHER_ADDRESS = 'give one of the two another address or port'
const TWICE = 'create one of the two anew, so that the API server allocates another one'

function isDeclared({ rank }: Claim): boolean {
  return rank !== RANK.allocated
}

/** VIPs that are a node's own address hide what listens on the node at their ports (kubernetes#127410, #104679). */
export function findNodeAddresses(candidate: Candidate, nodes: ReadonlyMap<Address, string>): Finding[] {
  return vipsOf(candidate.spec).flatMap(address => {
    const node = nodes.get(address)
    if (node === undefined) return []
    const message = `${address} is also an address of Node ${node}, whose own ports it hides`
    return warn(candidate, 'vip-is-node-address', pathOf(candidate.source, address), message)
  })
}

function claimedTwice(claim: Claim & { kind: 'frontend' }, owner: Claim): Finding {
  const { candidate, address, port } = claim
  const reason = owner.rank < claim.rank ? `which has it as ${RANK_TEXT[owner.rank]}` : 'which came first'
  const text = `${formatFrontend(address, port)} belongs to ${nameOf(owner.candidate)}, ${reason}`
  const finding = warn(candidate, 'frontend-claimed-twice', pathOf(candidate.source, address), text, owner.candidate)
  return { ...finding, hint: OTHER_ADDRESS }
}

const RANK_TEXT: Readonly<Record<number, string>> = { [RANK.allocated]: 'cluster IP', [RANK.external]: 'external IP' }

function notItsClusterIP({ candidate, address }: Claim & { kind: 'address' }, owner: Candidate): Finding {
  const text = `${address} is the cluster IP of ${nameOf(owner)} and stays there with all its ports`
  const finding = warn(candidate, 'frontend-claimed-twice', pathOf(candidate.source, address), text, owner)
  return { ...finding, hint: 'external IPs and load balancer addresses are never cluster IPs of other Services' }
}

function duplicateClusterIP({ candidate, address }: Claim & { kind: 'address' }, owner: Candidate): Finding {
  const text = `cluster IP ${address} is also that of ${nameOf(owner)}, which came first and has the ports that both have`
  const finding = warn(candidate, 'duplicate-cluster-ip', ['spec', 'clusterIPs'], text, owner)
  return { ...finding, hint: TWICE }
}

function formatFrontend(address: Address, { port, protocol }: Port): string {
  return `${formatHostPort(address, port)}/${protocol}`
}

function warn(claimant: Candidate, code: string, path: Finding['path'], text: string, owner?: Candidate): Finding {
  const { origin } = claimant.source
  const other = owner && owner !== claimant ? { other: owner.source.origin } : {}
  return { severity: 'warning', code, message: `${nameOf(claimant)}: ${text}`, origin, path, ...other }
}

function nameOf({ source }: Candidate): string {
  return `Service ${serviceKey(source)}`
}

/** Where a Service names one of its addresses. */
function pathOf(service: Source, address: Address): Finding['path'] {
  const external = service.externalIPs.indexOf(address)
  if (external >= 0) return ['spec', 'externalIPs', external]
  return service.clusterIPs.includes(address) ? ['spec', 'clusterIPs'] : ['status', 'loadBalancer', 'ingress']
}
