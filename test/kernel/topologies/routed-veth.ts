// SPDX-License-Identifier: Apache-2.0
import { plugNode, routeBetweenNodes, routedPods, routeOutside } from './network.ts'
import { edge, NODES, type Shape } from './shape.ts'

/** Calico with BGP and no overlay. */
export const routedVeth: Shape = {
  name: 'routed veth',
  build(script) {
    plugNode(script, 'n1')
    plugNode(script, 'n2')
    routedPods(script)
    routeBetweenNodes(script)
    routeOutside(script, 'n1')
  },
  edges: [edge('eth0', NODES.n1)],
  masqueraded: NODES.n1,
  lastHop: { p12: { router: 'n1', device: 'p12' }, p22: { router: 'n2', device: 'p22' } },
}
