// SPDX-License-Identifier: Apache-2.0
import { type Address, type Family, familyOf } from '../../../base/address.ts'
import { PROTOCOLS, type Protocol } from '../../../base/protocol.ts'
import type { FrontendKind } from '../../../compile/frontend.ts'
import { nodeAt } from '../../../compile/viewpoint.ts'
import type { Node, Port, Service, Spec } from '../../../spec/spec.ts'
import { vipsOf } from '../../../spec/vips.ts'
import { KIND_OF_VIPS, VIP_FIELDS } from '../../service.ts'
import type { Client } from '../question/client.ts'
import type { Subject } from '../question/subject.ts'

/** A port at one address, or at several that should be alike: a node port has many addresses. */
export interface Destination {
  addresses: Address[]
  port: number
  protocol: Protocol
  /** Undefined for any address and port. */
  kind?: FrontendKind
  /** The service port that claims it; another Service may own it. */
  owner?: { service: Service; port: Port }
}

const LOOPBACK: Readonly<Record<Family, Address>> = { 4: '127.0.0.1', 6: '::1' }

export function isLoopback(address: Address): boolean {
  return address === LOOPBACK[4] || address === LOOPBACK[6]
}

/** The destinations to look at for a subject, as a client of a host reaches them. */
export function destinationsOf(subject: Subject, spec: Spec, client: Client): Destination[] {
  switch (subject.kind) {
    case 'service': {
      const { service, port } = subject
      return (port ? [port] : service.ports).flatMap(p => ofPort(service, p, spec, client))
    }
    case 'destination': {
      const { address, port } = subject
      const protocols = subject.protocol ? [subject.protocol] : protocolsAt(spec, address, port)
      return protocols.map(protocol => ({ addresses: [address], port, protocol }))
    }
    case 'nodePort':
      return ofNodePort(subject.port, subject.protocol, spec, client)
    case 'address':
      return ofAddress(subject.address, spec)
    case 'node':
      return []
  }
}

function ofPort(service: Service, port: Port, spec: Spec, client: Client): Destination[] {
  const owner = { service, port }
  const vips = VIP_FIELDS.flatMap(field =>
    service[field].map(address => ({
      addresses: [address],
      port: port.port,
      protocol: port.protocol,
      kind: KIND_OF_VIPS[field],
      owner,
    })),
  )
  return port.nodePort === undefined ? vips : [...vips, ...nodePortTargets(owner, port.nodePort, spec, client)]
}

/**
 * This node's addresses, its loopback, and those of other nodes: each family has its own endpoints. A client outside that
 * sends to another node's address reaches that one.
 */
function nodePortTargets(owner: Destination['owner'] & {}, number: number, spec: Spec, client: Client): Destination[] {
  const node = nodeAt(client.viewpoint)
  const others = spec.nodes.filter(n => n !== node)
  const families = ([4, 6] as const).filter(f => owner.service.clusterIPs.some(ip => familyOf(ip) === f))
  return families.flatMap(family => {
    const inFamily = (some: readonly Node[]) => some.flatMap(n => n.addresses).filter(a => familyOf(a) === family)
    const own = node ? inFamily([node]) : []
    const addresses =
      client.translatedAt === 'edge' ? own : [...own, ...(node ? [LOOPBACK[family]] : []), ...inFamily(others)]
    return addresses.length === 0
      ? []
      : { addresses, port: number, protocol: owner.port.protocol, kind: 'nodePort' as const, owner }
  })
}

function ofNodePort(number: number, protocol: Protocol | undefined, spec: Spec, client: Client): Destination[] {
  const owned = spec.services.flatMap(service =>
    service.ports
      .filter(port => port.nodePort === number && (protocol === undefined || port.protocol === protocol))
      .flatMap(port => nodePortTargets({ service, port }, number, spec, client)),
  )
  if (owned.length > 0) return owned
  const addresses = nodeAt(client.viewpoint)?.addresses ?? spec.nodes.flatMap(n => n.addresses)
  return addresses.length === 0 ? [] : [{ addresses, port: number, protocol: protocol ?? 'TCP' }]
}

/** All ports of the Services that have an address. */
function ofAddress(address: Address, spec: Spec): Destination[] {
  return spec.services.flatMap(service =>
    service.ports.flatMap(port =>
      VIP_FIELDS.filter(field => service[field].includes(address)).map(field => {
        const kind = KIND_OF_VIPS[field]
        return { addresses: [address], port: port.port, protocol: port.protocol, kind, owner: { service, port } }
      }),
    ),
  )
}

/** The protocols of the service ports with this number there; TCP when there is none. */
function protocolsAt({ services }: Spec, address: Address, number: number): Protocol[] {
  const known = services.flatMap(service =>
    service.ports
      .filter(p => (vipsOf(service).includes(address) ? p.port === number : p.nodePort === number))
      .map(p => p.protocol),
  )
  const protocols = PROTOCOLS.filter(p => known.includes(p))
  return protocols.length > 0 ? protocols : ['TCP']
}
