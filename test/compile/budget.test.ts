// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BUDGET, costOf, excessOf } from '../../src/compile/budget.ts'
import { compileFor } from '../../src/compile/compile.ts'
import { ENTRY_BYTES } from '../../src/compile/kernel-memory.ts'
import { printFrontendsJson } from '../../src/compile/print.ts'
import type { ConfigMap } from '../../src/datapath/image.ts'
import { ALL_WAIVERS, requireBudget } from '../../src/node/guards/guards.ts'
import { check } from '../../src/report/check/check.ts'
import type { Port, Service, Spec } from '../../src/spec/spec.ts'
import { arbitrarySpec } from '../arbitrary/spec.ts'
import { smallSpec } from '../arbitrary/transition.ts'
import { runs } from '../runs.ts'

const STATE = { ready: true, serving: true, terminating: false, forZones: [], forNodes: [] }

function specOf(part: Partial<Service>): Spec {
  const service = { ...EMPTY, ...part }
  return { nodes: [], services: [{ ...EMPTY, name: 'small' }, service] }
}

const EMPTY: Service = {
  namespace: 'shop',
  name: 'big',
  clusterIPs: ['10.96.0.1'],
  externalIPs: [],
  loadBalancerIPs: [],
  sourceRanges: [],
  internalTrafficPolicy: 'Cluster',
  externalTrafficPolicy: 'Cluster',
  ports: [],
  endpoints: [],
}

const some = <T>(n: number, make: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => make(i))
const ports = (n: number): Port[] => some(n, i => ({ name: `p${i}`, port: i + 1, protocol: 'TCP', except: [] }))
const address = (i: number) => `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`

/** Small files that make a node work for minutes, one for each cost. */
const MONSTERS: Record<string, Spec> = {
  backends: specOf({
    ports: ports(5000),
    endpoints: [
      {
        ports: some(5000, i => ({ name: `p${i}`, number: i + 1 })),
        endpoints: some(4000, i => ({ ...STATE, address: address(i) })),
      },
    ],
  }),
  frontends: specOf({ ports: ports(20_000), externalIPs: some(60, address) }),
  ranges: specOf({ sourceRanges: some(1_000_001, i => `${address(i)}/32`) }),
  // 1,800,000 backends, each in a page of its own: below the budget of entries.
  memory: specOf({
    ports: ports(18_000),
    endpoints: some(100, i => ({
      ports: some(18_000, p => ({ name: `p${p}`, number: p + 1 })),
      endpoints: [{ ...STATE, address: address(i) }],
    })),
  }),
}

describe.each(Object.entries(MONSTERS))('too many %s', (cost, spec) => {
  it('is told in no time: nothing is compiled, checked or multiplied for it', () => {
    const started = performance.now()
    expect(excessOf(spec)).toMatchObject({ cost, service: 'shop/big' })
    expect(check(spec)).toMatchObject([{ severity: 'warning', code: 'over-budget', path: ['services', 'shop/big'] }])
    expect(() => requireBudget(spec, new Set())).toThrow(/the spec (has|takes) .* shop\/big; the budget of a node is/)
    requireBudget(spec, ALL_WAIVERS)
    expect(performance.now() - started).toBeLessThan(1000)
  })
})

it('a cluster of 10,000 Services and 100,000 endpoints costs a tenth', () => {
  const endpoints = [
    { ports: [{ name: 'p0', number: 1 }], endpoints: some(10, i => ({ ...STATE, address: address(i) })) },
  ]
  const service = { ...EMPTY, clusterIPs: ['10.96.0.1', 'fd00::1'], ports: ports(2), endpoints }
  const cost = costOf({ nodes: [], services: some(10_000, i => ({ ...service, name: `s${i}` })) })
  for (const key of ['frontends', 'backends', 'ranges', 'memory'] as const)
    expect(cost[key] * 10).toBeLessThan(BUDGET[key] * 1.01)
})

it('no node of a cluster has more frontends, source ranges or bytes of kernel memory than were counted', () => {
  fc.assert(
    fc.property(fc.oneof(smallSpec, arbitrarySpec), spec => {
      const cost = costOf(spec)
      for (const { name } of spec.nodes) {
        const { image } = compileFor(spec, name).value!
        const sizes = Object.entries(ENTRY_BYTES).map(([map, bytes]) => image[map as ConfigMap].size * bytes)
        expect(sizes.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThanOrEqual(cost.memory)
        expect(image.frontends.size).toBeLessThanOrEqual(cost.frontends)
      }
    }),
    { numRuns: runs(500) },
  )
})

it('an answer of any length comes in pieces, each no longer than a frontend', () => {
  const backends = some(1000, i => ({ family: 4, address: address(i), port: 1 }))
  const side = { action: 'forward', backends }
  const frontend = {
    port: 1,
    protocol: 'TCP',
    kind: 'clusterIP',
    service: 'a/b',
    portName: '',
    affinitySeconds: 0,
    sourceRanges: [],
  }
  const frontends = some(100, i => ({ ...frontend, address: address(i), family: 4, internal: side, external: side }))
  const pieces = [...printFrontendsJson('n1', 'r', frontends as never)]
  expect(pieces.length).toBe(102)
  expect(JSON.parse(pieces.join('')).frontends.length).toBe(100)
})
