// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import type { Kind } from '../../src/agent/store.ts'

type Raw = Record<string, unknown>

/** What a watch tells. */
export type ApiEvent =
  | { type: 'put'; kind: Kind; object: Raw }
  | { type: 'remove'; kind: Kind; object: Raw }
  | { type: 'replace'; kind: Kind; objects: Raw[] }

const NAMES = ['a', 'b', 'c', 'd']

const node = fc
  .record({ name: fc.constantFrom('n1', 'n2', 'n3'), zone: fc.constantFrom('za', 'zb'), more: fc.boolean() })
  .map(
    ({ name, zone, more }): Raw => ({
      metadata: { name, labels: { 'topology.kubernetes.io/zone': zone }, resourceVersion: '1' },
      status: {
        addresses: [
          { type: 'InternalIP', address: `192.168.50.${name.at(-1)}` },
          ...(more ? [{ type: 'ExternalIP', address: `203.0.113.${name.at(-1)}` }] : []),
        ],
      },
    }),
  )

/** VIPs, ports and ages from small pools, so that Services claim the same. */
const service = fc
  .record({
    name: fc.constantFrom(...NAMES),
    created: fc.constantFrom('2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z'),
    labels: fc.constantFrom({}, {}, {}, { 'service.kubernetes.io/service-proxy-name': 'other' }),
    type: fc.constantFrom('ClusterIP', 'NodePort', 'LoadBalancer'),
    externalIPs: fc.subarray(['203.0.113.1', '203.0.113.9', '192.168.50.2']),
    ingress: fc.subarray(['203.0.113.9', '203.0.113.10']),
    ranges: fc.subarray(['10.0.0.0/8']),
    internal: fc.constantFrom('Cluster', 'Local'),
    external: fc.constantFrom('Cluster', 'Local'),
    protocol: fc.constantFrom('TCP', 'UDP'),
    port: fc.constantFrom(80, 53),
    nodePort: fc.constantFrom(30_000, 30_001),
    headless: fc.constantFrom(false, false, false, true),
  })
  .map(
    ({
      name,
      created,
      labels,
      type,
      externalIPs,
      ingress,
      ranges,
      internal,
      external,
      protocol,
      port,
      nodePort,
      headless,
    }): Raw => {
      const address = headless ? 'None' : `10.96.0.${NAMES.indexOf(name) + 1}`
      return {
        metadata: { namespace: 'shop', name, creationTimestamp: created, labels },
        spec: {
          type,
          clusterIP: address,
          clusterIPs: [address],
          externalIPs,
          ...(type === 'LoadBalancer' ? { loadBalancerSourceRanges: ranges } : {}),
          internalTrafficPolicy: internal,
          ...(type === 'ClusterIP' ? {} : { externalTrafficPolicy: external }),
          ports: [{ name: 'main', port, protocol, ...(type === 'ClusterIP' ? {} : { nodePort }) }],
        },
        status: type === 'LoadBalancer' ? { loadBalancer: { ingress: ingress.map(ip => ({ ip })) } } : {},
      }
    },
  )

const slice = fc
  .record({
    name: fc.constantFrom('s1', 's2', 's3', 's4', 's5'),
    owner: fc.constantFrom(...NAMES, ''),
    excluded: fc.constantFrom(false, false, false, true),
    family: fc.constantFrom('IPv4', 'IPv4', 'IPv4', 'IPv6', 'FQDN'),
    protocol: fc.constantFrom('TCP', 'UDP'),
    endpoints: fc.uniqueArray(
      fc.record({
        last: fc.nat(5),
        node: fc.constantFrom('n1', 'n2', 'n3'),
        ready: fc.boolean(),
        hint: fc.constantFrom('', 'za', 'zb'),
      }),
      { maxLength: 3, selector: ({ last }) => last },
    ),
  })
  .map(
    ({ name, owner, excluded, family, protocol, endpoints }): Raw => ({
      metadata: {
        namespace: 'shop',
        name,
        labels: {
          ...(owner === '' ? {} : { 'kubernetes.io/service-name': owner }),
          ...(excluded ? { 'service.kubernetes.io/headless': '' } : {}),
        },
      },
      addressType: family,
      ports: [{ name: 'main', port: 8080, protocol }],
      endpoints: endpoints.map(({ last, node, ready, hint }) => ({
        addresses: [
          family === 'IPv6' ? `fd00:244::${last + 1}` : family === 'FQDN' ? 'pod.example' : `10.244.0.${last + 1}`,
        ],
        conditions: { ready },
        nodeName: node,
        ...(hint === '' ? {} : { hints: { forZones: [{ name: hint }] } }),
      })),
    }),
  )

const OBJECTS = { nodes: node, services: service, endpointslices: slice }

const event: fc.Arbitrary<ApiEvent> = fc
  .constantFrom<Kind[]>('nodes', 'services', 'services', 'endpointslices', 'endpointslices')
  .chain(kind => {
    const object = OBJECTS[kind]
    const named = (raw: Raw) => (raw.metadata as { name: string }).name
    return fc.oneof(
      { weight: 6, arbitrary: object.map((object): ApiEvent => ({ type: 'put', kind, object })) },
      { weight: 2, arbitrary: object.map((object): ApiEvent => ({ type: 'remove', kind, object })) },
      {
        weight: 1,
        arbitrary: fc
          .uniqueArray(object, { maxLength: 4, selector: named })
          .map((objects): ApiEvent => ({ type: 'replace', kind, objects })),
      },
    )
  })

/** What a watch tells of a small cluster, in flushes. */
export const apiEvents: fc.Arbitrary<ApiEvent[][]> = fc.array(fc.array(event, { maxLength: 5 }), {
  minLength: 1,
  maxLength: 8,
})
