// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseSpec } from '../../src/spec/parse.ts'
import { printYaml } from '../../src/spec/print.ts'
import { revisionOf } from '../../src/spec/revision.ts'
import type { EndpointGroup, Service, Spec } from '../../src/spec/spec.ts'
import { withEndpointsOf } from '../../src/spec/with-endpoints-of.ts'
import { arbitrarySpec } from '../arbitrary/spec.ts'
import { smallSpec } from '../arbitrary/transition.ts'
import { pod, service, specWith } from '../kernel/specs.ts'
import { runs } from '../runs.ts'

const group = (ports: Record<string, number>, ...pods: string[]): EndpointGroup => ({
  ports: Object.entries(ports).map(([name, number]) => ({ name, number })),
  endpoints: pods.map(pod),
})
const withPorts = (names: string[], ...endpoints: EndpointGroup[]): Service => ({
  ...service(1),
  ports: names.map((name, i) => ({ name, port: 80 + i, protocol: 'TCP', except: [] })),
  endpoints,
})
const endpointsIn = (spec: Spec) => spec.services.map(({ endpoints }) => endpoints)

test('a Service that both have gets the endpoints of today, be it none', () => {
  const kept = specWith({ ...service(1, 'p11'), affinitySeconds: 60 }, service(2, 'p12'))
  const current = specWith(service(1, 'p21', 'p22'), service(2), service(3, 'p31'))
  const { spec, fromKept } = withEndpointsOf(kept, current)
  expect(revisionOf(spec)).toBe(revisionOf(kept))
  expect(endpointsIn(spec)).toEqual([[group({ http: 8080 }, 'p21', 'p22')], []])
  expect(fromKept).toEqual([])
})

test('a Service that only the kept spec has comes with its endpoints, and is named unless it has none', () => {
  const { spec, fromKept } = withEndpointsOf(specWith(service(1, 'p11'), service(2)), specWith(service(3, 'p31')))
  expect(endpointsIn(spec)).toEqual([[group({ http: 8080 }, 'p11')], []])
  expect(fromKept).toEqual(['default/s00001'])
})

test('a port that only the kept spec has comes with its endpoints; a port that is gone takes its own along', () => {
  const kept = specWith(withPorts(['a', 'b'], group({ a: 1, b: 2 }, 'p11')))
  const current = specWith(withPorts(['b', 'c'], group({ b: 3, c: 4 }, 'p21')))
  const { spec, fromKept } = withEndpointsOf(kept, current)
  expect(endpointsIn(spec)).toEqual([[group({ a: 1 }, 'p11'), group({ b: 3 }, 'p21')]])
  expect(fromKept).toEqual(['default/s00001:a'])
})

test('endpoints stay in their zones when the nodes of the kept exposure have others', () => {
  const inZone = (zone: string, ...services: Service[]): Spec => ({
    services,
    nodes: specWith().nodes.map(node => ({ ...node, zone })),
  })
  const { spec } = withEndpointsOf(inZone('a', service(1, 'p11')), inZone('b', service(1, 'p21')))
  expect(spec.services[0]!.endpoints[0]!.endpoints).toEqual([{ ...pod('p21'), zone: 'b' }])
  expect(withEndpointsOf(inZone('a', service(1)), inZone('a', service(1, 'p21'))).spec).toEqual(
    inZone('a', service(1, 'p21')),
  )
})

test('any two specs make a valid one, which has the revision of the kept one; a spec with itself makes itself', () => {
  fc.assert(
    fc.property(smallSpec, smallSpec, arbitrarySpec, (old, now, other) => {
      for (const [kept, current] of [
        [old, now],
        [now, old],
        [old, other],
      ] as const) {
        const { spec } = withEndpointsOf(kept, current)
        expect(revisionOf(spec)).toBe(revisionOf(kept))
        expect(parseSpec(printYaml(spec), 'joined')).toEqual({ value: spec, diagnostics: [] })
      }
      expect(withEndpointsOf(now, now)).toEqual({ spec: now, fromKept: [] })
    }),
    { numRuns: runs(300) },
  )
})
