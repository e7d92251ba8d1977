// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import type { Cluster } from '../../src/cluster/cluster.ts'
import type { EndpointSlice } from '../../src/cluster/endpoint-slice.ts'
import type { Node } from '../../src/cluster/node.ts'
import type { Service } from '../../src/cluster/service.ts'

const origin = { source: 0, start: 0, end: 0, path: [] }
const NAMES = ['a', 'b', 'c', 'd']

const node = (name: string, zone: string, ...addresses: string[]): Node => ({ name, zone, addresses, origin })
const nodes: fc.Arbitrary<Node[]> = fc.constantFrom(
  [node('n1', 'a', '192.168.50.1'), node('n2', 'b', '192.168.50.2')],
  [node('n1', 'b', '192.168.50.1'), node('n2', 'b', '192.168.50.2')],
  [node('n1', 'a', '192.168.50.1', '203.0.113.1')],
  [node('n1', '', '192.168.50.1'), node('n2', 'b')],
)

/** VIPs, ports and ages from small pools, so that Services claim the same. */
const service = (name: string): fc.Arbitrary<Service> =>
  fc.record({
    namespace: fc.constant('shop'),
    name: fc.constant(name),
    created: fc.constantFrom('', '2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z'),
    otherProxy: fc.boolean().map(is => is && name === 'a'),
    excluded: fc.boolean().map(is => is && name === 'd'),
    headlessLabel: fc.constant(false),
    type: fc.constantFrom('ClusterIP' as const, 'LoadBalancer' as const),
    headless: fc.constant(false),
    classEClusterIPs: fc.constant([]),
    clusterIPs: fc.oneof<fc.MaybeWeightedArbitrary<string[]>[]>(
      { weight: 4, arbitrary: fc.constant<string[]>([`10.96.0.${NAMES.indexOf(name) + 1}`]) },
      { weight: 1, arbitrary: fc.constantFrom<string[]>(['10.96.0.1'], [], ['10.96.0.1', 'fd00:96::1']) },
    ),
    externalIPs: fc.subarray(['203.0.113.1', '203.0.113.2', '192.168.50.2', '10.96.0.1', 'fd00:1b::1']),
    loadBalancerIPs: fc.subarray(['203.0.113.2', '203.0.113.3', '10.96.0.2']),
    sourceRanges: fc.subarray(['10.0.0.0/8', '192.0.2.0/24']),
    internalTrafficPolicy: fc.constantFrom('Cluster' as const, 'Local' as const),
    externalTrafficPolicy: fc.constantFrom('Cluster' as const, 'Local' as const),
    healthCheckNodePort: fc.constantFrom(0, 32_000, 30_010),
    affinitySeconds: fc.constantFrom(0, 60),
    ports: fc.uniqueArray(
      fc.record({
        name: fc.constantFrom('http', 'dns'),
        port: fc.constantFrom(80, 53, 30_000),
        protocol: fc.constantFrom('TCP' as const, 'UDP' as const),
        nodePort: fc.constantFrom(0, 30_000, 30_010 + 10 * NAMES.indexOf(name)),
      }),
      { minLength: 1, maxLength: 2, selector: port => port.name },
    ),
    origin: fc.constant(origin),
  })

const slice = (service: string): fc.Arbitrary<EndpointSlice> =>
  fc
    .record({
      ports: fc.subarray(['http', 'dns']),
      endpoints: fc.uniqueArray(
        fc.record({
          address: fc.nat(5).map(i => `10.244.0.${i + 1}`),
          node: fc.constantFrom('n1', 'n2', undefined),
          zone: fc.constantFrom('a', 'b', undefined),
          ready: fc.boolean(),
          serving: fc.boolean(),
          terminating: fc.boolean(),
          forZones: fc.subarray(['a', 'b']),
          forNodes: fc.constant([]),
        }),
        { maxLength: 4, selector: endpoint => endpoint.address },
      ),
    })
    .map(({ ports, endpoints }) => ({
      ...{ namespace: 'shop', name: `${service}-1`, service, excluded: false, family: 4, origin, endpoints },
      ports: ports.flatMap(name => (['TCP', 'UDP'] as const).map(protocol => ({ name, number: 8080, protocol }))),
    }))

const step = fc.constantFrom(...NAMES).chain(name =>
  fc.record(
    {
      name: fc.constant(name),
      service: fc.option(service(name), { nil: null, freq: 4 }),
      slices: fc.array(slice(name), { maxLength: 1 }),
      nodes,
    },
    { requiredKeys: ['name'] },
  ),
)

/** What a cluster holds at one moment, and the names of the Services that are others than before, or have other slices. */
export interface Moment {
  cluster: Cluster
  changed: { services: string[]; slices: string[]; nodes: boolean }
}

/** A cluster as it changes: Services, their EndpointSlices and nodes come, go and change. */
export const clusterHistory: fc.Arbitrary<Moment[]> = fc.array(step, { minLength: 1, maxLength: 12 }).map(steps => {
  const services = new Map<string, Service>()
  const slices = new Map<string, EndpointSlice[]>()
  let present: Node[] = []
  return steps.map(step => {
    if (step.service) services.set(step.name, step.service)
    else if (step.service === null) services.delete(step.name)
    if (step.slices) slices.set(step.name, step.slices)
    present = step.nodes ?? present
    const changed = {
      services: step.service === undefined ? [] : [step.name],
      slices: step.slices ? [step.name] : [],
      nodes: step.nodes !== undefined,
    }
    const all = { nodes: present, services: [...services.values()], slices: [...slices.values()].flat() }
    return { cluster: { ...all, skipped: new Map(), sources: [] }, changed }
  })
})
