// SPDX-License-Identifier: Apache-2.0
import { addAddress, plug, plugNode, routedPods } from './network.ts'
import { edge, NODES, PODS, type Shape } from './shape.ts'

const ROUTER = { br0: '192.168.50.254', br1: '192.168.60.254' } as const
const SECOND = '192.168.60.1'

/**
 * Amazon VPC CNI: a pod belongs to the second network card, so by rule it answers there. The router drops what does not come from
 * an address of the card.
 */
export const twoCards: Shape = {
  name: 'two network cards with policy routes',
  build(script) {
    script.ip('lan', 'link add br1 type bridge', 'link set br1 up')
    for (const [bridge, address] of Object.entries(ROUTER)) addAddress(script, 'lan', bridge, address)
    plugNode(script, 'n1')
    plugNode(script, 'n2')
    plug(script, 'n1', 'eth1', 'br1')
    addAddress(script, 'n1', 'eth1', SECOND)
    routedPods(script)
    script.both('n1', ({ family, at }) => [
      `route add default via ${at(ROUTER.br0)}`,
      `route add default via ${at(ROUTER.br1)} dev eth1 table 2`,
      `-${family} rule add from all to ${at(PODS.p12)} lookup main priority 512`,
      `-${family} rule add from ${at(PODS.p12)} lookup 2 priority 1536`,
    ])
    script.both('n2', ({ at }) => [`route add default via ${at(ROUTER.br0)}`])
    script.both('lan', ({ at, link }) => [`route add ${at('10.244.2.0')}${link} via ${at(NODES.n2)}`])
    script.run(
      'lan',
      'nft add table inet cloud',
      'nft "add chain inet cloud forward { type filter hook forward priority 0; }"',
      ...['ip', 'ip6'].map(name => {
        const own = name === 'ip' ? `${SECOND}, ${PODS.p12}` : 'fd00:60::1, fd00:244:1::12'
        return `nft "add rule inet cloud forward iifname br1 ${name} saddr != { ${own} } counter drop"`
      }),
    )
  },
  edges: [edge('eth0', NODES.n1), { device: 'eth1', nat4: SECOND, nat6: 'fd00:60::1' }],
  masqueraded: NODES.n1,
  lastHop: { p12: { router: 'n1', device: 'p12' }, p22: { router: 'n2', device: 'p22' } },
  isAsymmetric: true,
}
