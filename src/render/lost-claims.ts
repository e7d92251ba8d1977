import type { Address } from '../base/address.ts'
import type { Finding } from '../cluster/finding.ts'
import type { Service as Source } from '../cluster/service.ts'
import { serviceKey } from '../spec/name.ts'
import type { Port, Service } from '../spec/spec.ts'
import { type Candidate, type Claim, clusterIPKey, vipsOf } from './claims.ts'
import type { Ownership } from './ownership.ts'

/** The Service of the spec without the claims that it lost: `except` of a port names the VIPs on which it has no frontend. */
export function withoutLost({ spec }: Candidate, lost: readonly Claim[]): Service {
  const except = new Map<Port, Address[]>()
  for (const claim of lost) {
    if (claim.kind === 'frontend') except.set(claim.port, [...(except.get(claim.port) ?? []), claim.address])
  }
  if (except.size === 0) return spec
  return { ...spec, ports: spec.ports.map(port => ({ ...port, except: except.get(port) ?? port.except })) }
}

/** What to say of the claims that a Service lost. */
export function findLost(lost: readonly Claim[], owners: Ownership): Finding[] {
  return lost.flatMap(claim => findingOf(claim, owners.ownerOf(claim.key)!.candidate, owners) ?? [])
}

function findingOf(claim: Claim, owner: Candidate, owners: Ownership): Finding | undefined {
  const { candidate } = claim
  switch (claim.kind) {
    case 'clusterIP':
      return impossible(candidate, owner, 'duplicate-cluster-ip', 'clusterIPs', `cluster IP ${claim.address}`)
    case 'frontend':
      return isToldAsClusterIP(claim.address, candidate, owner, owners) ? undefined : claimedTwice(claim, owner)
    case 'nodePort': {
      const what = `node port ${claim.port.nodePort}/${claim.port.protocol}`
      return impossible(candidate, owner, 'duplicate-node-port', 'ports', what)
    }
    case 'healthCheckNodePort': {
      const port = candidate.spec.healthCheckNodePort
      const what = `healthCheckNodePort ${port} is also a port of ${nameOf(owner)} on every node`
      return warn(candidate, 'health-check-port-taken', ['spec', 'healthCheckNodePort'], what, owner)
    }
  }
}

/** A cluster IP that two Services have is told once, not again for each port. */
function isToldAsClusterIP(address: Address, loser: Candidate, owner: Candidate, owners: Ownership): boolean {
  return loser.spec.clusterIPs.includes(address) && owners.ownerOf(clusterIPKey(address))?.candidate === owner
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

function claimedTwice({ candidate, key, address }: Claim & { kind: 'frontend' }, owner: Candidate): Finding {
  const message = `${key.slice('frontend '.length)} belongs to ${nameOf(owner)}, which came first`
  const finding = warn(candidate, 'frontend-claimed-twice', pathOf(candidate.source, address), message, owner)
  return { ...finding, hint: 'give one of the two another address or port' }
}

function impossible(claimant: Candidate, owner: Candidate, code: string, field: string, what: string): Finding {
  const hint = 'no API server allows that: were exports of two clusters, or of two moments, put together?'
  const finding = warn(claimant, code, ['spec', field], `${what} is also that of ${nameOf(owner)}`, owner)
  return { ...finding, severity: 'error', hint }
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
