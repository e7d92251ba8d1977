// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { type Edge, type Edges, NO_EDGES } from '../../src/compile/edges.ts'

const ETH0: Edge = { device: 'eth0', ifindex: 2, nat4: '192.168.50.1', nat6: 'fd00:50::1', rawIp: false }
const FLANNEL: Edge = { device: 'flannel.1', ifindex: 5, nat4: '10.244.0.0', rawIp: false }
const TUNNEL: Edge = { device: 'tunl0', ifindex: 7, rawIp: true }
const POD: Edge = { device: 'cali0', ifindex: 9, rawIp: false, pod: true }

const devices: fc.Arbitrary<Edge[]> = fc.constantFrom(
  [ETH0],
  [ETH0, FLANNEL],
  [{ ...ETH0, nat4: '192.168.50.9' }, FLANNEL],
  [{ ...ETH0, ifindex: 3 }],
  [TUNNEL],
  [ETH0, POD],
)

/** The edges of a node at one moment; often none. Two have an address of the node n1 of the small specs. */
export const edges: fc.Arbitrary<Edges> = fc.oneof(
  { weight: 1, arbitrary: fc.constant(NO_EDGES) },
  { weight: 2, arbitrary: fc.record({ devices, otherProxy: fc.boolean() }) },
)
