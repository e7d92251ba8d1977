// SPDX-License-Identifier: Apache-2.0
import { droppingChains } from '../../host/forwarding.ts'
import { edgeCheck } from '../edges.ts'
import { ok, unknown, warn } from '../finding.ts'

/** kube-proxy's own rules used to accept such packets; Docker makes the policy of FORWARD drop. */
export const forwardPolicy = edgeCheck(
  'forward-policy',
  'the firewall of the node lets packets for pods pass',
  async () => {
    const chains = await droppingChains()
    if (typeof chains === 'string') return unknown(chains, 'install nftables, so that doctor can list the chains')
    const closed = chains.filter(({ accepts }) => !accepts)
    if (closed.length === 0) return ok('no chain drops what the node forwards to pods')
    const names = closed.map(({ family, table, chain }) => `${chain} in ${family} ${table}`).join(', ')
    return warn(
      `${names} drops what no rule accepts, and no rule there accepts packets for pods`,
      'accept what goes to and comes from the pod network, for example: iptables -A FORWARD -d POD_NETWORK -j ACCEPT; iptables -A FORWARD -s POD_NETWORK -j ACCEPT',
    )
  },
)
