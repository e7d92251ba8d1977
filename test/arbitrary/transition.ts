// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { byAddress } from '../../src/base/address.ts'
import type { Protocol } from '../../src/base/protocol.ts'
import { byText } from '../../src/base/sort.ts'
import type { Endpoint, Node, Port, Service, Spec } from '../../src/spec/spec.ts'

// Small pools, so that two specs meet: the same VIPs, ports and backends move between Services.
export const NODES: Node[] = [
  { name: 'n1', zone: 'a', addresses: ['192.168.50.1', 'fd00:50::1'] },
  { name: 'n2', zone: 'b', addresses: ['192.168.50.2', 'fd00:50::2'] },
]
export const VIPS = { 4: ['10.96.0.1', '10.96.0.2', '10.96.0.3'], 6: ['fd00:96::1', 'fd00:96::2'] } as const
export const OUTER = ['203.0.113.1', '203.0.113.2', 'fd00:1b::1', '192.168.50.1']
export const PORTS = [80, 443, 53, 30080]
export const NODE_PORTS = [30080, 30053]
const PROTOCOLS: Protocol[] = ['TCP', 'UDP']

export const endpoint: fc.Arbitrary<Endpoint> = fc.record({
  address: fc.oneof(
    fc.nat(30).map(i => `10.244.0.${i + 1}`),
    fc.nat(12).map(i => `fd00:244::${i + 1}`),
  ),
  node: fc.constantFrom('n1', 'n2'),
  ready: fc.boolean(),
  serving: fc.boolean(),
  terminating: fc.boolean(),
  forZones: fc.subarray(['a', 'b']),
  forNodes: fc.constant([]),
})

const policy = fc.constantFrom('Cluster' as const, 'Local' as const)

/** A Service before its ports are claimed. */
export interface Raw {
  vip: number
  second: number | undefined
  outer: string[]
  loadBalancer: boolean
  internal: 'Cluster' | 'Local'
  external: 'Cluster' | 'Local'
  affinity: number | undefined
  ranges: string[]
  ports: { port: number; protocol: Protocol; nodePort: number | undefined }[]
  endpoints: Endpoint[]
}

export const raw: fc.Arbitrary<Raw> = fc.record({
  vip: fc.nat(VIPS[4].length - 1),
  second: fc.option(fc.nat(VIPS[6].length - 1), { nil: undefined }),
  outer: fc.subarray(OUTER),
  loadBalancer: fc.boolean(),
  internal: policy,
  external: policy,
  affinity: fc.option(fc.constantFrom(60, 10800), { nil: undefined }),
  ranges: fc.subarray(['10.0.0.0/8', '192.0.2.0/24', '192.168.50.0/24', 'fd00::/8']),
  ports: fc.uniqueArray(
    fc.record({
      port: fc.constantFrom(...PORTS),
      protocol: fc.constantFrom(...PROTOCOLS),
      nodePort: fc.option(fc.constantFrom(...NODE_PORTS), { nil: undefined }),
    }),
    { minLength: 1, maxLength: 3, selector: p => `${p.port}/${p.protocol}` },
  ),
  endpoints: fc.uniqueArray(endpoint, { maxLength: 40, selector: e => e.address }),
})

export const smallSpec: fc.Arbitrary<Spec> = fc.array(raw, { maxLength: 4 }).map(specOf)

/** A valid spec over the pools: no two Services own one address:port or node port. */
export function specOf(raws: readonly (Raw | undefined)[]): Spec {
  const claimed = new Set<string>()
  const services = raws.flatMap((service, i) => (service ? [build(service, i, claimed)] : []))
  return { nodes: NODES, services: services.filter(s => s.ports.length > 0) }
}

function build(r: Raw, i: number, claimed: Set<string>): Service {
  const clusterIPs = [VIPS[4][r.vip]!, ...(r.second === undefined ? [] : [VIPS[6][r.second]!])]
  const claim = (key: string) => !claimed.has(key) && claimed.add(key) !== undefined
  const addresses = [...clusterIPs, ...r.outer.filter(a => !a.includes(':') || r.second !== undefined)]
  const outer = addresses.slice(clusterIPs.length).sort(byAddress)
  const ports = r.ports
    .filter(p => addresses.every(a => !claimed.has(`${a} ${p.port} ${p.protocol}`)))
    .map((p): Port => {
      for (const address of addresses) claim(`${address} ${p.port} ${p.protocol}`)
      const nodePort = p.nodePort !== undefined && claim(`np ${p.nodePort} ${p.protocol}`) ? p.nodePort : undefined
      const name = `p${p.port}-${p.protocol.toLowerCase()}`
      return { name, port: p.port, protocol: p.protocol, except: [], ...(nodePort && { nodePort }) }
    })
    .sort((a, b) => byText(a.name, b.name))
  const endpoints = r.endpoints.sort((a, b) => byAddress(a.address, b.address))
  return {
    namespace: 'default',
    name: `s${i}`,
    clusterIPs,
    externalIPs: r.loadBalancer ? [] : outer,
    loadBalancerIPs: r.loadBalancer ? outer : [],
    sourceRanges: r.loadBalancer ? r.ranges : [],
    internalTrafficPolicy: r.internal,
    externalTrafficPolicy: r.external,
    ...(r.affinity && { affinitySeconds: r.affinity }),
    ports,
    endpoints: endpoints.length === 0 ? [] : [{ ports: ports.map(p => ({ name: p.name, number: 8080 })), endpoints }],
  }
}
