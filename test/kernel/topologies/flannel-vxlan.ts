// SPDX-License-Identifier: Apache-2.0
import { masqueradeByIptables, masqueradeByNftables } from './flannel-rules.ts'
import { bridgedPods, plugNode, podNetworkOf, routeOutside } from './network.ts'
import type { Script } from './script.ts'
import { NODES, type Shape } from './shape.ts'

/** Flannel with VXLAN: a device for each family, with neighbours that do not change. */
export const flannelVxlan: Shape = {
  name: 'VXLAN of Flannel',
  build(script) {
    plugNode(script, 'n1')
    plugNode(script, 'n2')
    bridgedPods(script, 'cni0', 1450)
    tunnel(script, 'n1', 'n2')
    tunnel(script, 'n2', 'n1')
    routeOutside(script, 'n1')
  },
  edges: [
    { device: 'eth0', nat4: '192.168.50.1', nat6: 'fd00:50::1' },
    { device: 'flannel.1', nat4: '10.244.1.0', nat6: null },
    { device: 'flannel-v6.1', nat4: null, nat6: 'fd00:244:1::' },
  ],
  masqueraded: podNetworkOf('n1'),
  lastHop: { p12: { router: 'n1', device: 'cni0' }, p22: { router: 'n2', device: 'cni0' } },
  firewalls: {
    'the iptables rules of Flannel': masqueradeByIptables(),
    'the nftables rules of Flannel': masqueradeByNftables(),
  },
}

const MAC = { n1: '02:00:00:00:00:01', n2: '02:00:00:00:00:02' } as const

function tunnel(script: Script, node: 'n1' | 'n2', other: 'n1' | 'n2'): void {
  script.both(node, ({ family, at, link, whole }) => {
    const device = family === 4 ? 'flannel.1' : 'flannel-v6.1'
    const remote = at(podNetworkOf(other))
    return [
      `link add ${device} address ${MAC[node]} type vxlan id 1 local ${at(NODES[node])} dev eth0 dstport 8472 nolearning`,
      `address add ${at(podNetworkOf(node))}${whole} dev ${device}`,
      `link set ${device} up`,
      `neigh add ${remote} lladdr ${MAC[other]} dev ${device} nud permanent`,
      `route add ${remote}${link} via ${remote} dev ${device} onlink`,
    ]
  })
  script.run(
    node,
    `bridge fdb append ${MAC[other]} dev flannel.1 dst ${NODES[other]}`,
    `bridge fdb append ${MAC[other]} dev flannel-v6.1 dst fd00:50::${NODES[other].at(-1)}`,
  )
}
