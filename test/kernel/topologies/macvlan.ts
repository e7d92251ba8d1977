// SPDX-License-Identifier: Apache-2.0
import { PLACES, plugNode, routeOutside } from './network.ts'
import { edge, NODES, PODS, type Shape } from './shape.ts'

/**
 * Pods are children of eth0, on the link of the nodes: they answer by the parent, past the stack of their node. The node reaches
 * its own ones by a child of its own, the shim.
 */
export const macvlan: Shape = {
  name: 'macvlan with a shim',
  build(script) {
    for (const [node, pod] of PLACES) {
      plugNode(script, node)
      script.ip(node, `link add link eth0 name ${pod} netns @${pod} type macvlan mode bridge`)
      script.ip(pod, `link set ${pod} name eth0`, 'link set eth0 up')
      script.both(pod, ({ family, at, link }) => [
        `address add ${at(PODS[pod])}/${family === 4 ? 16 : 32} dev eth0`,
        `route add ${at('192.168.50.0')}${link} dev eth0`,
      ])
    }
    script.ip('n1', 'link add link eth0 name shim0 type macvlan mode bridge', 'link set shim0 up')
    script.both('n1', ({ at, link }) => [
      `route add ${at(PODS.p12)} dev shim0`,
      `route add ${at('10.244.2.0')}${link} dev eth0 src ${at(NODES.n1)}`,
    ])
    routeOutside(script, 'n1')
  },
  edges: [edge('eth0', NODES.n1)],
  masqueraded: NODES.n1,
  lastHop: { p12: { router: 'n1', device: 'shim0' }, p22: { router: 'n1', device: 'eth0' } },
  answersPassBy: true,
}
