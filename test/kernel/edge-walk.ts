// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { type Address, byAddress } from '../../src/base/address.ts'
import type { Endpoint, Service, Spec } from '../../src/spec/spec.ts'
import { SUBNETS, walk } from '../arbitrary/walk.ts'
import type { NodeParty, Party, Topology } from './topology.ts'

export const EDGE_NODES = ['n1', 'n2'] as const
export type EdgeNodeName = (typeof EDGE_NODES)[number]

const range = (length: number) => Array.from({ length }, (_, i) => i + 1)

/** Between the subnet of an endpoint on n1 and that of the same endpoint on n2. */
const OFFSET = 4
const HOSTS = 31

/** The place of an endpoint of a walk: one address is always on the same node. */
function placed(endpoint: Endpoint): Endpoint {
  if (endpoint.node === 'n1') return endpoint
  const address = endpoint.address.replace(/^(10\.244\.|fd00:244:)(\d+)/, (_, net, s) => net + (Number(s) + OFFSET))
  return { ...endpoint, address }
}

/** Backends are called after their addresses: subnet × 256 + host. */
function backendsIn(offset: number): Party[] {
  const walked = range(SUBNETS).flatMap(subnet => range(HOSTS).map(host => backend(subnet + offset, host)))
  return [...walked, ...STEADY.hosts.map(host => backend(STEADY.subnet + offset, host))]
}

function backend(subnet: number, host: number): Party {
  return {
    name: String(subnet * 256 + host),
    v4: `10.244.${subnet}.${host}`,
    v6: `fd00:244:${subnet}::${host.toString(16)}`,
  }
}

/** The backends of the Service that is always there: those behind the walk's in the first subnet. */
const STEADY = { subnet: 1, hosts: range(8).map(i => HOSTS + i) }
const BACKENDS = {
  n1: backendsIn(0),
  n2: backendsIn(OFFSET),
}
/** The numbers of backends by their addresses. */
export const NUMBERS: ReadonlyMap<Address, number> = new Map(
  [...BACKENDS.n1, ...BACKENDS.n2].flatMap(({ name, v4, v6 }) => [v4, v6].map(address => [address, Number(name)])),
)

/** A TCP connection to this port of a backend stays. */
export const LASTING = 9000

/** Two nodes with backends, and for each a host outside whose way to Services leads over it. */
export const EDGE_WORLD: Topology = {
  nodes: [
    node(1, BACKENDS.n1, { v4: '10.244.0.0/22', v6: 'fd00:244::/46' }),
    node(2, BACKENDS.n2, { v4: '10.244.4.0/22', v6: 'fd00:244:4::/46' }),
  ],
  outside: [1, 2].map(n => ({ name: `x${n}`, v4: `192.168.50.10${n}`, v6: `fd00:50::10${n}` })),
  ports: [8080, `${LASTING}+`],
}

function node(n: number, pods: Party[], podRanges: NodeParty['podRanges']): NodeParty {
  return { name: `n${n}`, v4: `192.168.50.${n}`, v6: `fd00:50::${n}`, pods, podRanges, podNamespaces: false }
}

/** The host outside whose packets to Services go by a node. */
export function hostOf(node: EdgeNodeName): Party {
  return EDGE_WORLD.outside[EDGE_NODES.indexOf(node)]!
}

/** What the hosts outside send to Services by the node that is theirs. */
export const SERVICE_RANGES = ['10.96.0.0/16', '203.0.113.0/24', 'fd00:96::/64', 'fd00:1b::/64', '2001:db8::/64']

export const STEADY_VIPS = ['10.96.8.1', '203.0.113.101', 'fd00:96::8:1', '2001:db8::101']
export const STEADY_NODE_PORTS = { tcp: 31_001, udp: 31_001, stream: 31_002 } as const

/**
 * A Service whose endpoints, policy and affinity change, and which has endpoints of both families on both nodes in every spec:
 * no client of it may meet anything else.
 */
const steady: fc.Arbitrary<Service> = fc
  .record({
    lists: fc.tuple(
      ...(['n1', 'n2'] as const).flatMap(on =>
        (['v4', 'v6'] as const).map(family =>
          fc
            .shuffledSubarray(STEADY.hosts, { minLength: 1 })
            .map(hosts => hosts.map(host => steadyEndpoint(on, family, host))),
        ),
      ),
    ),
    externalTrafficPolicy: fc.constantFrom('Cluster' as const, 'Local' as const),
    affinitySeconds: fc.option(fc.constantFrom(60, 10_800), { nil: undefined }),
  })
  .map(({ lists, externalTrafficPolicy, affinitySeconds }) => ({
    namespace: 'default',
    name: 'steady',
    clusterIPs: ['10.96.8.1', 'fd00:96::8:1'],
    externalIPs: ['203.0.113.101', '2001:db8::101'],
    loadBalancerIPs: [],
    sourceRanges: [],
    internalTrafficPolicy: 'Cluster',
    externalTrafficPolicy,
    ...(affinitySeconds && { affinitySeconds }),
    ports: [
      { name: 'stream', port: LASTING, protocol: 'TCP', except: [], nodePort: STEADY_NODE_PORTS.stream },
      { name: 'tcp', port: 80, protocol: 'TCP', except: [], nodePort: STEADY_NODE_PORTS.tcp },
      { name: 'udp', port: 80, protocol: 'UDP', except: [], nodePort: STEADY_NODE_PORTS.udp },
    ],
    endpoints: [
      {
        ports: [
          { name: 'stream', number: LASTING },
          { name: 'tcp', number: 8080 },
          { name: 'udp', number: 8080 },
        ],
        endpoints: lists.flat().sort((a, b) => byAddress(a.address, b.address)),
      },
    ],
  }))

function steadyEndpoint(on: EdgeNodeName, family: 'v4' | 'v6', host: number): Endpoint {
  const party = backend(STEADY.subnet + (on === 'n1' ? 0 : OFFSET), host)
  const state = { ready: true, serving: true, terminating: false, forZones: [], forNodes: [] }
  return { address: party[family], node: on, ...state }
}

/** How many steady Services a walk takes turns with. */
const STEADY_OFFERS = 200

/** A walk as sockets have it, whose endpoints are on two nodes, beside the steady Service. */
export function edgeWalk(seed: number, steps: number): { change: string; spec: Spec }[] {
  const offers = fc.sample(steady, { seed, numRuns: STEADY_OFFERS })
  return walk(seed, steps).map(({ change, spec }, i) => {
    const services = spec.services.map(service => ({ ...service, endpoints: service.endpoints.map(placedGroup) }))
    return { change, spec: { ...spec, services: [...services, offers[i % STEADY_OFFERS]!] } }
  })
}

function placedGroup(group: Service['endpoints'][number]): Service['endpoints'][number] {
  return { ...group, endpoints: group.endpoints.map(placed).sort((a, b) => byAddress(a.address, b.address)) }
}
