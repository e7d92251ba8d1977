// SPDX-License-Identifier: Apache-2.0
import { bridgedPods, plugNode, routeBetweenNodes, routeOutside } from './network.ts'
import { edge, NODES, type Shape } from './shape.ts'

/** The plugin `bridge`, or Flannel with host-gw: pods on the ports of cni0, which is no edge. */
export const bridge: Shape = {
  name: 'bridge',
  build(script) {
    plugNode(script, 'n1')
    plugNode(script, 'n2')
    bridgedPods(script, 'cni0')
    routeBetweenNodes(script)
    routeOutside(script, 'n1')
  },
  edges: [edge('eth0', NODES.n1)],
  masqueraded: NODES.n1,
  lastHop: { p12: { router: 'n1', device: 'cni0' }, p22: { router: 'n2', device: 'cni0' } },
}
