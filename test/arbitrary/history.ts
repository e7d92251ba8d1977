// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { type Edges, NO_EDGES } from '../../src/compile/edges.ts'
import type { Endpoint, Node, Spec } from '../../src/spec/spec.ts'
import { edges } from './edges.ts'
import { NODES, type Raw, raw, specOf } from './transition.ts'

const [N1, N2] = NODES as [Node, Node]

/** The nodes of a cluster at one moment: zones and addresses change, nodes come and go, one has a VIP of some Service. */
const nodes: fc.Arbitrary<Node[]> = fc.constantFrom(
  [N1, N2],
  [N1],
  [N2],
  [],
  [{ ...N1, zone: 'b' }, N2],
  [{ ...N1, addresses: ['192.168.50.1'] }, N2],
  [N1, { ...N2, addresses: ['192.168.50.2', '203.0.113.1'] }],
  [N1, N2, { name: 'n3', zone: 'a', addresses: ['192.168.50.2'] }],
)

const READY = { ready: true, serving: true, terminating: false, forZones: [], forNodes: [] }
const list = (length: number): Endpoint[] =>
  Array.from({ length }, (_, i) => ({ address: `10.244.0.${i + 1}`, node: i % 2 === 0 ? 'n1' : 'n2', ...READY }))

/** Some Services have the same backends: they share blocks, pages and members. */
const service: fc.Arbitrary<Raw> = fc
  .tuple(raw, fc.constantFrom(undefined, list(2), list(20)))
  .map(([service, endpoints]) => (endpoints ? { ...service, endpoints } : service))

const step = fc.record({
  at: fc.nat(3),
  service: fc.option(service, { nil: undefined }),
  nodes: fc.option(nodes, { nil: undefined, freq: 2 }),
})

/** The specs of one cluster as it changes: each differs from the one before in a Service, and perhaps in its nodes. */
const history: fc.Arbitrary<Spec[]> = fc
  .tuple(fc.array(fc.option(service, { nil: undefined }), { maxLength: 4 }), fc.array(step, { maxLength: 5 }))
  .map(([first, steps]) => {
    let raws = first
    let present: Node[] = NODES
    const specs = [specOf(structuredClone(raws))]
    for (const { at, service, nodes } of steps) {
      raws = Object.assign([...raws], { [at]: service })
      present = nodes ?? present
      specs.push({ ...specOf(structuredClone(Array.from(raws))), nodes: present })
    }
    return specs
  })

/** What a node's image comes from at one moment. */
export interface Moment {
  spec: Spec
  edges: Edges
}

/** The history of a cluster, and of a node of it that gains, loses and changes edges. */
export const historyWithEdges: fc.Arbitrary<Moment[]> = fc
  .tuple(history, fc.array(fc.option(edges, { nil: undefined }), { minLength: 6, maxLength: 6 }))
  .map(([specs, changes]) => {
    let present = NO_EDGES
    return specs.map((spec, i) => {
      present = changes[i] ?? present
      return { spec, edges: present }
    })
  })
