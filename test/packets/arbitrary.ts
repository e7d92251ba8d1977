// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { familyOf } from '../../src/base/address.ts'
import type { Endpoint, Segment } from '../../src/datapath/packet/packet.ts'
import type { Spec } from '../../src/spec/spec.ts'
import { NODE_PORTS, NODES, OUTER, PORTS, smallSpec, VIPS } from '../arbitrary/transition.ts'
import { isHere } from './site.ts'

/** A small spec whose endpoints are on n1 exactly when isHere() has their address. Lists are often short, so that flows meet. */
export const siteSpec: fc.Arbitrary<Spec> = fc.tuple(smallSpec, fc.constantFrom(2, 40)).map(settled)

function settled([spec, most]: readonly [Spec, number]): Spec {
  const services = spec.services.map(service => ({
    ...service,
    endpoints: service.endpoints.map(group => ({
      ...group,
      endpoints: group.endpoints.slice(0, most).map(endpoint => ({ ...endpoint, node: nodeOf(endpoint.address) })),
    })),
  }))
  return { ...spec, services }
}

function nodeOf(address: string): string {
  return isHere(address) ? 'n1' : 'n2'
}

/** Hosts outside, two of them in source ranges, and pods of n2, which may get themselves. */
const CLIENTS = {
  4: ['198.51.100.7', '192.0.2.8', '10.244.0.1', '10.244.0.3'],
  6: ['2001:db8::7', 'fd00:244::1', 'fd00:244::3'],
} as const
const CLIENT_PORTS = [1024, 8080, 40000, 40001]
const DIALLED = [...VIPS[4], ...VIPS[6], ...OUTER, ...NODES.flatMap(({ addresses }) => addresses)]

const destination: fc.Arbitrary<Endpoint> = fc.record({
  address: fc.constantFrom(...DIALLED),
  port: fc.constantFrom(...PORTS, ...NODE_PORTS, 9, 40000),
})

/** What clients outside send to what Services have: the first packet of a flow. */
export const opening: fc.Arbitrary<Segment> = fc
  .tuple(destination, fc.constantFrom('TCP' as const, 'UDP' as const), fc.nat(), fc.constantFrom(...CLIENT_PORTS))
  .map(([destination, protocol, pick, port]) => {
    const addresses = CLIENTS[familyOf(destination.address)]
    const source = { address: addresses[pick % addresses.length]!, port }
    return { kind: 'segment', protocol, source, destination, opens: protocol === 'TCP' }
  })

export interface CrowdedSite {
  spec: Spec
  flows: Segment[]
}

/** A small spec and a few flows to its frontends, often of one client and source port, so that they meet at one backend. */
export const crowdedSite: fc.Arbitrary<CrowdedSite> = fc
  .record({
    spec: siteSpec.filter(spec => spec.services.length > 0),
    flows: fc.array(fc.tuple(opening, fc.nat()), { minLength: 2, maxLength: 6 }),
    isOneClient: fc.boolean(),
  })
  .map(({ spec, flows, isOneClient }) => {
    const frontends = destinationsIn(spec)
    const dialled = flows.map(([flow, pick]) => toFrontend(flow, frontends[pick % frontends.length]!))
    return { spec, flows: isOneClient ? dialled.map(flow => ofClient(flow, dialled)) : dialled }
  })

type Frontend = Pick<Segment, 'protocol' | 'destination'>

function destinationsIn({ services }: Spec): Frontend[] {
  const own = NODES[0]!.addresses
  return services.flatMap(({ clusterIPs, externalIPs, loadBalancerIPs, ports }) =>
    ports.flatMap(({ port, nodePort, protocol }) => {
      if (protocol === 'SCTP') return []
      const exact = [...clusterIPs, ...externalIPs, ...loadBalancerIPs].map(address => ({ address, port }))
      const onNode = nodePort === undefined ? [] : own.map(address => ({ address, port: nodePort }))
      return [...exact, ...onNode].map(destination => ({ protocol, destination }))
    }),
  )
}

function toFrontend(flow: Segment, { protocol, destination }: Frontend): Segment {
  const family = familyOf(destination.address)
  const address = family === familyOf(flow.source.address) ? flow.source.address : CLIENTS[family][0]
  return { ...flow, protocol, destination, source: { ...flow.source, address }, opens: protocol === 'TCP' }
}

function ofClient(flow: Segment, flows: readonly Segment[]): Segment {
  const first = flows.find(other => familyOf(other.source.address) === familyOf(flow.source.address))!
  return { ...flow, source: first.source }
}
