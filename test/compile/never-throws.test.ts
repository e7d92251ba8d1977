// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compileFor } from '../../src/compile/compile.ts'
import { check } from '../../src/report/check/check.ts'
import { normalise } from '../../src/spec/normalise.ts'
import { parseSpec } from '../../src/spec/parse.ts'
import { printYaml } from '../../src/spec/print.ts'
import type { Node, Port, Service, Spec } from '../../src/spec/spec.ts'
import { runs } from '../runs.ts'

/** So few addresses and ports that every kind of claim meets every other: VIPs, node ports, addresses of nodes and pods. */
const ADDRESSES = ['10.0.0.1', '10.0.0.2', '10.0.0.3', 'fd00::1', 'fd00::2', '0.0.0.0', '::', '127.0.0.1']
const NUMBERS = [80, 30080, 30081]

const policy = fc.constantFrom('Cluster' as const, 'Local' as const)
const address = fc.constantFrom(...ADDRESSES)
const some = (maxLength: number, minLength = 0) => fc.uniqueArray(address, { minLength, maxLength })

const port: fc.Arbitrary<Port> = fc.record(
  {
    name: fc.constantFrom('a', 'b', 'c'),
    port: fc.constantFrom(...NUMBERS),
    protocol: fc.constantFrom('TCP' as const, 'UDP' as const),
    nodePort: fc.constantFrom(...NUMBERS),
    except: fc.constant([]),
  },
  { requiredKeys: ['name', 'port', 'protocol', 'except'] },
)

const service: fc.Arbitrary<Service> = fc
  .record({
    namespace: fc.constant('a'),
    name: fc.constantFrom('x', 'y', 'z'),
    clusterIPs: some(2, 1),
    externalIPs: some(2),
    loadBalancerIPs: some(2),
    sourceRanges: fc.subarray(['10.0.0.0/8', 'fd00::/8', '0.0.0.0/0']),
    internalTrafficPolicy: policy,
    externalTrafficPolicy: policy,
    ports: fc.uniqueArray(port, { minLength: 1, maxLength: 3, selector: p => p.name }),
    endpoints: fc.uniqueArray(address, { maxLength: 3 }),
    excepted: fc.infiniteStream(fc.boolean()),
  })
  .map(({ endpoints, excepted, ports, ...rest }) => {
    const vips = [...new Set([...rest.clusterIPs, ...rest.externalIPs, ...rest.loadBalancerIPs])]
    const state = { ready: true, serving: true, terminating: false, forZones: [], forNodes: [] }
    const members = endpoints.map(address => ({ address, node: 'n1', ...state }))
    return {
      ...rest,
      ports: ports.map(p => ({ ...p, except: vips.filter(() => excepted.next().value) })),
      endpoints:
        members.length === 0 ? [] : [{ ports: ports.map(p => ({ name: p.name, number: 80 })), endpoints: members }],
    }
  })

const node: fc.Arbitrary<Node> = fc.record({ name: fc.constantFrom('n1', 'n2', 'n3'), addresses: some(3) })

const specs: fc.Arbitrary<Spec> = fc
  .record({
    nodes: fc.uniqueArray(node, { maxLength: 3, selector: n => n.name }),
    services: fc.uniqueArray(service, { maxLength: 3, selector: s => s.name }),
  })
  .map(normalise)

test('a spec that validate accepts can be compiled for every node and for a host outside the cluster', () => {
  const met = { accepted: 0, refused: 0, atNodePorts: 0 }
  fc.assert(
    fc.property(specs, given => {
      const { value: spec } = parseSpec(printYaml(given), 'spec.yaml')
      if (!spec) return void met.refused++
      met.accepted++
      if (check(spec).some(({ code }) => code === 'vip-is-node-port')) met.atNodePorts++
      for (const host of [null, ...spec.nodes.map(({ name }) => name)]) {
        const { frontends, image } = compileFor(spec, host).value!
        expect(frontends.length === 0).toBe(image.frontends.size === 0)
      }
    }),
    { numRuns: runs(3000) },
  )
  expect(Math.min(...Object.values(met))).toBeGreaterThan(0)
})
