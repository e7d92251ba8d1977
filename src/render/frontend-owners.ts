import { type Address, formatHostPort } from '../base/address.ts'
import { byText } from '../base/sort.ts'
import type { Finding } from '../cluster/finding.ts'
import type { Node } from '../cluster/node.ts'
import type { Service as Source } from '../cluster/service.ts'
import type { Port, Service } from '../spec/spec.ts'

/** A Service that counts: as the cluster has it, and as the spec will. */
export interface Exposed {
  source: Source
  spec: Service
}

/**
 * Settles who answers on an address, port and protocol that several Services claim: the oldest Service, then the first by
 * namespace and name (upstream: whoever was written last, kubernetes#69599). The others' ports get `except`. `exposed` comes
 * by namespace and name.
 */
export function settleOwners(exposed: readonly Exposed[]): { services: Service[]; findings: Finding[] } {
  const findings: Finding[] = []
  const owners = new Map<string, Exposed>()
  const clusterIPs = new Map<Address, Exposed>()
  const except = new Map<Port, Address[]>()
  for (const claimant of [...exposed].sort(byAge)) {
    for (const address of claimant.spec.clusterIPs) {
      const owner = clusterIPs.get(address)
      if (owner)
        findings.push(impossible(claimant, owner, 'duplicate-cluster-ip', 'clusterIPs', `cluster IP ${address}`))
      else clusterIPs.set(address, claimant)
    }
    for (const port of claimant.spec.ports) {
      const lost = addressesOf(claimant.spec).filter(address => {
        const key = `${formatHostPort(address, port.port)}/${port.protocol}`
        const owner = owners.get(key)
        if (!owner) owners.set(key, claimant)
        else if (clusterIPs.get(address) !== owner || !claimant.spec.clusterIPs.includes(address)) {
          findings.push(claimedTwice(claimant, owner, address, key))
        }
        return owner !== undefined
      })
      if (lost.length > 0) except.set(port, lost)
    }
  }
  const services = exposed.map(({ spec }) => {
    if (!spec.ports.some(port => except.has(port))) return spec
    return { ...spec, ports: spec.ports.map(port => ({ ...port, except: except.get(port) ?? port.except })) }
  })
  return { services, findings }
}

/** Node ports are shared by all Services; the API server hands each out once. */
export function checkNodePorts(exposed: readonly Exposed[]): Finding[] {
  const findings: Finding[] = []
  const owners = new Map<string, Exposed>()
  const sorted = [...exposed].sort(byAge)
  for (const claimant of sorted) {
    for (const { nodePort, protocol } of claimant.spec.ports) {
      if (nodePort === undefined) continue
      const key = `${nodePort}/${protocol}`
      const owner = owners.get(key)
      if (owner) findings.push(impossible(claimant, owner, 'duplicate-node-port', 'ports', `node port ${key}`))
      else owners.set(key, claimant)
    }
  }
  for (const claimant of sorted) {
    const port = claimant.spec.healthCheckNodePort
    const key = `${port}/TCP`
    const owner = port === undefined ? undefined : owners.get(key)
    if (owner) {
      const what = `healthCheckNodePort ${port} is also a port of ${nameOf(owner)} on every node`
      findings.push(warn(claimant, 'health-check-port-taken', ['spec', 'healthCheckNodePort'], what, owner))
    } else if (port !== undefined) {
      owners.set(key, claimant)
    }
  }
  return findings
}

/** A VIP that is a node's own address takes the port away from whatever listens there (kubernetes#127410, #104679). */
export function checkNodeAddresses(exposed: readonly Exposed[], nodes: readonly Node[]): Finding[] {
  const owners = new Map(nodes.flatMap(node => node.addresses.map(address => [address, node] as const)))
  return exposed.flatMap(claimant =>
    addressesOf(claimant.spec).flatMap(address => {
      const node = owners.get(address)
      if (!node) return []
      const message = `${address} is also an address of Node ${node.name}, whose own ports it hides`
      return warn(claimant, 'vip-is-node-address', pathOf(claimant.source, address), message)
    }),
  )
}

function addressesOf(service: Service): Address[] {
  return [...service.clusterIPs, ...service.externalIPs, ...service.loadBalancerIPs]
}

/** The oldest first; objects without a creation time count as the youngest. Equally old ones keep their order. */
function byAge({ source: a }: Exposed, { source: b }: Exposed): number {
  return byText(a.created || '~', b.created || '~')
}

function claimedTwice(claimant: Exposed, owner: Exposed, address: Address, key: string): Finding {
  const message = `${key} belongs to ${nameOf(owner)}, which came first`
  const finding = warn(claimant, 'frontend-claimed-twice', pathOf(claimant.source, address), message, owner)
  return { ...finding, hint: 'give one of the two another address or port' }
}

function impossible(claimant: Exposed, owner: Exposed, code: string, field: string, what: string): Finding {
  const hint = 'no API server allows that: were exports of two clusters, or of two moments, put together?'
  const finding = warn(claimant, code, ['spec', field], `${what} is also that of ${nameOf(owner)}`, owner)
  return { ...finding, severity: 'error', hint }
}

function warn(claimant: Exposed, code: string, path: Finding['path'], text: string, owner?: Exposed): Finding {
  const { origin } = claimant.source
  const other = owner && owner !== claimant ? { other: owner.source.origin } : {}
  return { severity: 'warning', code, message: `${nameOf(claimant)}: ${text}`, origin, path, ...other }
}

function nameOf({ source }: Exposed): string {
  return `Service ${source.namespace}/${source.name}`
}

/** Where a Service names one of its addresses. */
function pathOf(service: Source, address: Address): Finding['path'] {
  const external = service.externalIPs.indexOf(address)
  if (external >= 0) return ['spec', 'externalIPs', external]
  return service.clusterIPs.includes(address) ? ['spec', 'clusterIPs'] : ['status', 'loadBalancer', 'ingress']
}
