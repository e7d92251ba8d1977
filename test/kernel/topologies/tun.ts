// SPDX-License-Identifier: Apache-2.0
import { gatewayOf, plugNode, podNetworkOf, routedPods, routeOutside } from './network.ts'
import { edge, NODES, type Shape } from './shape.ts'
import { startTunnel } from './tunnel.ts'

/** A tunnel whose packets have no link-layer header, between devices of the same link type as those of WireGuard. */
export const tun: Shape = {
  name: 'tun',
  build(script) {
    plugNode(script, 'n1')
    plugNode(script, 'n2')
    routedPods(script)
    for (const [node, other] of [
      ['n1', 'n2'],
      ['n2', 'n1'],
    ] as const) {
      script.ip(node, 'tuntap add dev tun0 mode tun', 'link set tun0 mtu 1420 up')
      script.both(node, ({ at, whole, link }) => [
        `address add ${at(gatewayOf(node))}${whole} dev tun0`,
        `route add ${at(podNetworkOf(other))}${link} dev tun0`,
      ])
    }
    routeOutside(script, 'n1')
  },
  edges: [edge('eth0', NODES.n1), edge('tun0', gatewayOf('n1'))],
  masqueraded: gatewayOf('n1'),
  lastHop: { p12: { router: 'n1', device: 'p12' }, p22: { router: 'n2', device: 'p22' } },
  start: world => startTunnel(world, 'n1', 'n2', 'tun0'),
}
