// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { expect, it, test } from 'vitest'
import { type Address, familyOf } from '../../src/base/address.ts'
import { compile } from '../../src/compile/compile.ts'
import { atNode, EXTERNAL, type Viewpoint } from '../../src/compile/viewpoint.ts'
import type { Destination, LookupClient } from '../../src/datapath/dial.ts'
import { LOOPBACK } from '../../src/datapath/filter.ts'
import { lookup } from '../../src/datapath/lookup.ts'
import type { Service, Spec } from '../../src/spec/spec.ts'
import { arbitrarySpec } from '../arbitrary/spec.ts'
import { NODE_PORTS, PORTS, smallSpec } from '../arbitrary/transition.ts'
import { compileAt } from '../build/compile.ts'
import { service, specWith, vip } from '../kernel/specs.ts'
import { runs } from '../runs.ts'

const EXTERNAL_IP = '203.0.113.7'
const PASS = { kind: 'pass' }
const REFUSED = { kind: 'refuse', errno: 'ECONNREFUSED' }

/** Service `n` at port 80, with what else it claims. */
function claiming(n: number, more: Partial<Service>): Service {
  return { ...service(n, 'p11'), ...more }
}

function at(spec: Spec, address: Address, port: number, protocol: 'TCP' | 'UDP' = 'TCP') {
  return lookup(compileAt(spec, 'n1').image, { address, port, protocol })
}

for (const field of ['externalIPs', 'loadBalancerIPs'] as const) {
  it(`of ${field} a Service has the ports that it claims, of its cluster IP all`, () => {
    const spec = specWith(claiming(1, { [field]: [EXTERNAL_IP] }))
    expect(at(spec, EXTERNAL_IP, 80).kind).toBe('forward')
    expect([at(spec, EXTERNAL_IP, 6443), at(spec, EXTERNAL_IP, 80, 'UDP')]).toEqual([PASS, PASS])
    expect([at(spec, vip(1), 6443), at(spec, vip(1), 80, 'UDP')]).toEqual([REFUSED, REFUSED])
  })

  it(`a cluster IP that is in ${field} of another Service refuses unknown ports`, () => {
    const ports: Service['ports'] = [{ name: 'http', port: 8080, protocol: 'TCP', except: [] }]
    const spec = specWith(claiming(1, {}), claiming(2, { ports, [field]: [vip(1)] }))
    expect(at(spec, vip(1), 80).kind).toBe('forward')
    expect(at(spec, vip(1), 8080).kind).toBe('forward')
    expect(at(spec, vip(1), 9)).toEqual(REFUSED)
  })
}

it('a Service that has an address as both cluster IP and external IP has all of it', () => {
  const spec = specWith(claiming(1, { externalIPs: [vip(1)] }))
  expect(at(spec, vip(1), 9)).toEqual(REFUSED)
})

/** Does a Service of the spec claim the destination, at this host, for a client in the host network namespace? */
function isClaimed({ services, nodes }: Spec, { address, port, protocol }: Destination): boolean {
  const nodeAddresses = [...nodes.flatMap(node => node.addresses), LOOPBACK[4], LOOPBACK[6]]
  return services.some(s =>
    s.ports.some(
      p =>
        p.protocol === protocol &&
        ((p.port === port && [...s.clusterIPs, ...s.externalIPs, ...s.loadBalancerIPs].includes(address)) ||
          (p.nodePort === port && nodeAddresses.includes(address))),
    ),
  )
}

const CLIENTS: LookupClient[] = [
  { isInHostNetns: true },
  { source: '10.244.0.200' },
  { list: 'external', source: '198.51.100.9' },
]

/** A spec, a host, and a destination at an address that the spec names, or a stranger's. */
const question = fc.oneof(smallSpec, arbitrarySpec).chain(spec => {
  const named = [
    ...spec.nodes.flatMap(node => node.addresses),
    ...spec.services.flatMap(s => [...s.clusterIPs, ...s.externalIPs, ...s.loadBalancerIPs]),
    ...spec.services.flatMap(s => s.endpoints.flatMap(g => g.endpoints.map(e => e.address))),
  ]
  const ports = spec.services.flatMap(s => s.ports.flatMap(p => [p.port, p.nodePort ?? p.port]))
  const viewpoints: Viewpoint[] = [...spec.nodes.map(atNode), EXTERNAL]
  return fc.record({
    spec: fc.constant(spec),
    viewpoint: fc.constantFrom(...viewpoints),
    destinations: fc.array(
      fc.record({
        address: fc.constantFrom(...named, LOOPBACK[4], LOOPBACK[6], '127.0.0.2', '192.0.2.77'),
        port: fc.constantFrom(...ports, ...PORTS, ...NODE_PORTS, 6443),
        protocol: fc.constantFrom('TCP' as const, 'UDP' as const),
      }),
      { minLength: 10, maxLength: 10 },
    ),
  })
})

test('what no Service claims passes, but at a cluster IP, which refuses it where it is no address of a node', () => {
  fc.assert(
    fc.property(question, ({ spec, viewpoint, destinations }) => {
      const { image, frontends } = compile(spec, viewpoint)
      const clusterIPs = new Set(frontends.filter(f => f.kind === 'clusterIP').map(f => f.address))
      const nodeAddresses = new Set(spec.nodes.flatMap(node => node.addresses))
      for (const to of destinations.filter(to => !isClaimed(spec, to))) {
        const isLoopback = to.address === LOOPBACK[familyOf(to.address)]
        const isOwned = clusterIPs.has(to.address) && !nodeAddresses.has(to.address) && !isLoopback
        for (const client of CLIENTS) {
          expect(lookup(image, { ...to, client }), JSON.stringify(to)).toEqual(isOwned ? REFUSED : PASS)
        }
      }
    }),
    { numRuns: runs(1000) },
  )
})
