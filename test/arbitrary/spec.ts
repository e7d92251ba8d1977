// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { type Address, familyOf, parseAddress } from '../../src/base/address.ts'
import { PROTOCOLS } from '../../src/base/protocol.ts'
import { byText } from '../../src/base/sort.ts'
import { normalise } from '../../src/spec/normalise.ts'
import type { Endpoint, EndpointGroup, Node, Port, Service, Spec } from '../../src/spec/spec.ts'
import { arbitraryText } from './hostile.ts'

/** Names that readers of YAML could take for something else, or the spec's own lines for a word of theirs. */
const AWKWARD = [
  '1',
  '1e3',
  '0x1f',
  '1_000',
  '0o17',
  '1.5',
  '2001-01-01',
  'null',
  'on',
  'Yes',
  'true',
  'n',
  'terminating',
]
const AWKWARD_ADDRESSES = [
  '2001:db8::',
  '::1',
  '1:2:3:4:5:6:7:8',
  '10:20:30:40:50:0:0:0',
  'fe80::1',
  '::ffff:0:1.2.3.4',
]

export const arbitraryName: fc.Arbitrary<string> = fc.oneof(
  { weight: 5, arbitrary: fc.stringMatching(/^[a-z]([a-z0-9-]{0,6}[a-z0-9])?$/) },
  { weight: 1, arbitrary: fc.constantFrom(...AWKWARD, 'not-ready', 'not-serving', 'A.b_c') },
)

/** A name, or text that no validation of the API restricts: of a zone, of a hint. */
const arbitraryLabel: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: arbitraryName },
  { weight: 1, arbitrary: arbitraryText },
)
/** The API admits a hint that is empty. */
const arbitraryHint = fc.oneof({ weight: 9, arbitrary: arbitraryLabel }, { weight: 1, arbitrary: fc.constant('') })

/** Canonical; from so small a set that they meet. */
export const arbitraryAddress: fc.Arbitrary<Address> = fc.oneof(
  { weight: 5, arbitrary: fc.nat(40).map(n => `10.96.0.${n}`) },
  { weight: 2, arbitrary: fc.ipV4() },
  { weight: 3, arbitrary: fc.ipV6().map(text => parseAddress(text) ?? 'fd00::1') },
  { weight: 1, arbitrary: fc.constantFrom(...AWKWARD_ADDRESSES.map(text => parseAddress(text)!)) },
)

const arbitraryRange = fc.constantFrom('10.0.0.0/8', '203.0.113.0/24', '0.0.0.0/0', '::/0', 'fd00::/8', '2001:db8::/32')
const arbitraryPortNumber = fc.oneof(fc.integer({ min: 1, max: 65535 }), fc.integer({ min: 79, max: 84 }))
const arbitraryPolicy = fc.constantFrom('Cluster' as const, 'Local' as const)
const arbitraryAddresses = fc.uniqueArray(arbitraryAddress, { maxLength: 3 })

const arbitraryPort: fc.Arbitrary<Port> = fc.record(
  {
    name: arbitraryName,
    port: arbitraryPortNumber,
    protocol: fc.constantFrom(...PROTOCOLS),
    nodePort: fc.integer({ min: 30000, max: 30050 }),
    except: fc.constant([]),
  },
  { requiredKeys: ['name', 'port', 'protocol', 'except'] },
)

export const arbitraryEndpoint: fc.Arbitrary<Endpoint> = fc.record(
  {
    address: arbitraryAddress,
    node: arbitraryLabel,
    zone: arbitraryLabel,
    ready: fc.boolean(),
    serving: fc.boolean(),
    terminating: fc.boolean(),
    forZones: fc.array(arbitraryHint, { maxLength: 2 }),
    forNodes: fc.array(arbitraryHint, { maxLength: 2 }),
  },
  { requiredKeys: ['address', 'ready', 'serving', 'terminating', 'forZones', 'forNodes'] },
)

const arbitraryNode: fc.Arbitrary<Node> = fc.record(
  { name: arbitraryName, zone: arbitraryLabel, addresses: arbitraryAddresses },
  { requiredKeys: ['name', 'addresses'] },
)

const arbitraryPorts: fc.Arbitrary<Port[]> = fc.oneof(
  arbitraryPort.map(port => [{ ...port, name: '' }]),
  fc.uniqueArray(arbitraryPort, { maxLength: 4, selector: p => p.name }),
)

const arbitraryService: fc.Arbitrary<Service> = fc
  .record(
    {
      namespace: arbitraryName,
      name: arbitraryName,
      clusterIPs: fc.uniqueArray(arbitraryAddress, { minLength: 1, maxLength: 2 }),
      externalIPs: arbitraryAddresses,
      loadBalancerIPs: arbitraryAddresses,
      sourceRanges: fc.uniqueArray(arbitraryRange, { maxLength: 3 }),
      internalTrafficPolicy: arbitraryPolicy,
      externalTrafficPolicy: arbitraryPolicy,
      healthCheckNodePort: arbitraryPortNumber,
      affinitySeconds: fc.integer({ min: 1, max: 86400 }),
      ports: arbitraryPorts,
      endpoints: fc.constant([]),
    },
    {
      requiredKeys: [
        ...(['namespace', 'name', 'clusterIPs', 'externalIPs', 'loadBalancerIPs', 'sourceRanges'] as const),
        ...(['internalTrafficPolicy', 'externalTrafficPolicy', 'ports', 'endpoints'] as const),
      ],
    },
  )
  .chain(service => arbitraryGroups(service.ports).map(endpoints => ({ ...service, endpoints })))

function arbitraryGroups(ports: Port[]): fc.Arbitrary<EndpointGroup[]> {
  const group = fc.record({
    ports: fc
      .subarray(ports)
      .chain(some => fc.tuple(...some.map(p => arbitraryPortNumber.map(number => ({ name: p.name, number }))))),
    endpoints: fc.array(arbitraryEndpoint, { minLength: 1, maxLength: 4 }),
  })
  return fc.array(group, { maxLength: 3 })
}

/** Specs as parseSpec gives them: canonical, valid, each frontend claimed once. */
export const arbitrarySpec: fc.Arbitrary<Spec> = fc
  .record({
    nodes: fc.uniqueArray(arbitraryNode, { maxLength: 4, selector: node => node.name }),
    services: fc.uniqueArray(arbitraryService, { maxLength: 5, selector: s => `${s.namespace}/${s.name}` }),
  })
  .map(spec => normalise(settleClaims(normalise(spec))))

/** Leaves each frontend to the first that claims it: a VIP is excepted, a node port dropped, a port of the same Service too. */
function settleClaims(spec: Spec): Spec {
  const taken = new Set<string>()
  const claim = (key: string): boolean => !taken.has(key) && taken.add(key).has(key)
  const settlePort = (service: Service, port: Port): Port => {
    const vips = [...new Set([...service.clusterIPs, ...service.externalIPs, ...service.loadBalancerIPs])]
    const except = vips.filter(vip => !claim(`${vip} ${port.port} ${port.protocol}`))
    const { nodePort, ...rest } = port
    const families = [...new Set(service.clusterIPs.map(familyOf))]
    const isFree = families.every(family => !taken.has(`${nodePort} ${port.protocol} ${family}`))
    if (nodePort === undefined || !isFree) return { ...rest, except }
    for (const family of families) claim(`${nodePort} ${port.protocol} ${family}`)
    return { ...rest, nodePort, except }
  }
  const settle = (service: Service): Service => ({ ...service, ports: service.ports.map(p => settlePort(service, p)) })
  return { nodes: spec.nodes, services: spec.services.map(settle) }
}

/** The same spec with every list in another order. */
export function arbitraryShuffle(spec: Spec): fc.Arbitrary<Spec> {
  return fc.infiniteStream(fc.nat(1_000_000)).map(numbers => {
    const shuffle = <T>(items: T[]): T[] =>
      items
        .map(item => ({ item, key: String(numbers.next().value) }))
        .sort((a, b) => byText(a.key, b.key))
        .map(({ item }) => item)
    const group = (g: EndpointGroup): EndpointGroup => ({ ports: shuffle(g.ports), endpoints: shuffle(g.endpoints) })
    const service = (s: Service): Service => ({
      ...s,
      clusterIPs: shuffle(s.clusterIPs),
      externalIPs: shuffle(s.externalIPs),
      loadBalancerIPs: shuffle(s.loadBalancerIPs),
      sourceRanges: shuffle(s.sourceRanges),
      ports: shuffle(s.ports).map(p => ({ ...p, except: shuffle(p.except) })),
      endpoints: shuffle(s.endpoints).map(group),
    })
    const node = (n: Node): Node => ({ ...n, addresses: shuffle(n.addresses) })
    return { nodes: shuffle(spec.nodes).map(node), services: shuffle(spec.services).map(service) }
  })
}
