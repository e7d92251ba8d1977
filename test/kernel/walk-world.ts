// SPDX-License-Identifier: Apache-2.0
import { constants } from 'node:os'
import type { Address } from '../../src/base/address.ts'
import type { Image } from '../../src/datapath/image.ts'
import { lookup } from '../../src/datapath/lookup.ts'
import type { Service, Spec } from '../../src/spec/spec.ts'
import { NODE_PORTS, NODES, OUTER, PORTS, VIPS } from '../arbitrary/transition.ts'
import { SUBNETS } from '../arbitrary/walk.ts'
import type { Outcome } from './dial.ts'
import type { Row } from './load.ts'
import { service } from './specs.ts'
import type { Party, Topology } from './topology.ts'

const range = (length: number) => Array.from({ length }, (_, i) => i + 1)

/** Everybody who is a backend in a walk lives on n1 itself, under the number that load.c gives an address. */
const BACKENDS: Party[] = range(SUBNETS).flatMap(subnet =>
  range(31).map(host => ({
    name: String(subnet * 256 + host),
    v4: `10.244.${subnet}.${host}`,
    v6: `fd00:244:${subnet}::${host.toString(16)}`,
  })),
)
const NUMBERS = new Map(BACKENDS.flatMap(({ name, v4, v6 }) => [v4, v6].map(address => [address, Number(name)])))

/** Two nodes; nobody is routed to a VIP that is none. */
export const WALK_WORLD: Topology = {
  nodes: [
    node(1, BACKENDS, { v4: '10.244.0.0/16', v6: 'fd00:244::/32' }),
    node(2, [], { v4: '10.245.0.0/16', v6: 'fd00:245::/32' }),
  ],
  outside: [],
  ports: [8080],
}

function node(n: number, pods: Party[], podRanges: { v4: string; v6: string }) {
  return { name: `n${n}`, v4: `192.168.50.${n}`, v6: `fd00:50::${n}`, pods, podRanges, podNamespaces: false }
}

/** Where a closed port answers a connection, and not a datagram. */
const NODE_ADDRESSES = new Set([...NODES.flatMap(n => n.addresses), '127.0.0.1', '::1'])
const OTHERS = [...VIPS[4], ...VIPS[6], ...OUTER].filter(address => !NODE_ADDRESSES.has(address))

/** More Services than the maps of a small cluster have room for; without endpoints. */
export const CROWD = range(1200).map(n => ({ ...service(n), namespace: 'crowd', clusterIPs: [crowdVip(n)] }))

/** With a Service that has source ranges, so that there always are some; and without any. */
export function withRanges(spec: Spec): Spec {
  return { ...spec, services: [GATE, ...spec.services] }
}
export function withoutRanges(spec: Spec): Spec {
  return { ...spec, services: spec.services.map(service => ({ ...service, sourceRanges: [] })) }
}
const GATE: Service = {
  ...service(99),
  name: 'gate',
  loadBalancerIPs: ['203.0.113.99'],
  sourceRanges: ['198.51.100.0/24'],
}

function crowdVip(n: number): Address {
  return `10.97.${n >> 8}.${n & 255}`
}

/** Everything that a walk may serve, and a port that it never does, in every way that shows at once what came of it. */
export const ROWS: Row[] = [
  ...OTHERS.flatMap(address => [...PORTS, 9].flatMap(port => ways({ address, port }, ['tcp', 'udp', 'sendto']))),
  ...[...NODE_ADDRESSES].flatMap(address =>
    [...PORTS, ...NODE_PORTS].flatMap(port => ways({ address, port }, ['tcp', 'udp'])),
  ),
  ...ways({ address: crowdVip(1), port: 80 }, ['tcp', 'udp', 'sendto']),
]

function ways(to: Pick<Row, 'address' | 'port'>, modes: Row['mode'][]): Row[] {
  const families = to.address.includes(':') ? ([6] as const) : ([4, 46] as const)
  return families.flatMap(family => modes.map(mode => ({ ...to, family, mode })))
}

const { ECONNREFUSED, EHOSTUNREACH, ENETUNREACH } = constants.errno

/** Those that say what came of them to a client that sends a datagram and waits. */
export const DIALS = ROWS.filter(row => row.mode !== 'udp' || !NODE_ADDRESSES.has(row.address))

/** What came of a dialled row, in the words of load.c. */
export function metBy({ identities, errors }: Outcome): number[] {
  const { errno } = constants
  return [
    ...Object.keys(identities).map(name => Number.parseInt(name, 10)),
    ...Object.keys(errors).map(name => -errno[name as 'EPERM']),
  ]
}

/** What a row of ROWS may come to on n1 under an image, as load.c writes it; by the twin. */
export function resultsOf(image: Image, { address, port, mode }: Row): Set<number> {
  const protocol = mode === 'tcp' ? 'TCP' : 'UDP'
  const verdict = lookup(image, { address, port, protocol, client: { isInHostNetns: true } })
  if (verdict.kind === 'forward') return new Set(verdict.backends.map(b => NUMBERS.get(b.address)!))
  if (verdict.kind === 'refuse') return new Set([verdict.errno === 'ECONNREFUSED' ? -ECONNREFUSED : -EHOSTUNREACH])
  // Left alone: nobody listens on the nodes, and there is no way to the rest. (The node itself is never dropped.)
  if (!NODE_ADDRESSES.has(address)) return new Set([-ENETUNREACH])
  return new Set([mode === 'tcp' ? -ECONNREFUSED : 0])
}
