// SPDX-License-Identifier: Apache-2.0
import { addAddress, bridgedPods, gatewayOf, plug, podNetworkOf, routeOutside } from './network.ts'
import type { Script } from './script.ts'
import { edge, NODES, type Shape } from './shape.ts'

/**
 * Antrea and Kube-OVN: the node's address is on a bridge whose port is the network card, and one gateway device leads to the pods
 * here and, by another route, through a tunnel to those elsewhere. Linux bridges stand for those of Open vSwitch,
 * whose packets the firewall does not see either.
 */
export const gatewayBridge: Shape = {
  name: 'node address on a bridge',
  build(script) {
    for (const node of ['n1', 'n2'] as const) {
      plug(script, node)
      script.ip(node, 'link add br-ex type bridge', 'link set eth0 master br-ex', 'link set br-ex up')
      addAddress(script, node, 'br-ex', NODES[node])
    }
    for (const name of ['iptables', 'ip6tables'])
      script.run('n1', `echo 0 > /proc/sys/net/bridge/bridge-nf-call-${name}`)
    bridgedPods(script, 'antrea-gw0', 1450)
    tunnel(script, 'n1', 'n2')
    tunnel(script, 'n2', 'n1')
    routeOutside(script, 'n1')
  },
  edges: [edge('br-ex', NODES.n1), edge('antrea-gw0', gatewayOf('n1'))],
  masqueraded: gatewayOf('n1'),
  masqueradesHere: true,
  lastHop: { p12: { router: 'n1', device: 'antrea-gw0' }, p22: { router: 'n2', device: 'antrea-gw0' } },
}

function tunnel(script: Script, node: 'n1' | 'n2', other: 'n1' | 'n2'): void {
  script.ip(
    node,
    `link add tunnel0 type vxlan id 1 local ${NODES[node]} remote ${NODES[other]} dstport 4789`,
    'link set tunnel0 master antrea-gw0 up',
  )
  const remote = gatewayOf(other)
  script.both(node, ({ at, link }) => [
    `route add ${at(podNetworkOf(other))}${link} via ${at(remote)} dev antrea-gw0 onlink`,
  ])
}
