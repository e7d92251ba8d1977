// SPDX-License-Identifier: Apache-2.0
import type { Device } from '../../host/devices/device-facts.ts'
import { readDeviceFacts } from '../../host/devices/read-facts.ts'
import { sysctl } from '../../host/forwarding.ts'
import { edgeCheck } from '../edges.ts'
import { ok, warn } from '../finding.ts'

const SETTINGS = ['bridge-nf-call-iptables', 'bridge-nf-call-ip6tables'] as const

/**
 * At a bridge that is an edge packets become ours when they leave the bridge for the node. br_netfilter shows them to the firewall
 * at the port, before that: conntrack then knows the client with the Service, and the answer of the pod is none of that
 * connection. Ports of pods need no such check: there programs come before br_netfilter.
 */
export const bridgeNetfilter = edgeCheck(
  'bridge-netfilter',
  'the firewall meets packets of an edge behind our programs',
  async edges => {
    const { devices } = await readDeviceFacts()
    const bridges = devices.filter(({ name, kind }) => kind === 'bridge' && edges.some(edge => edge.device === name))
    const settings = SETTINGS.filter(name => sysctl('bridge', name) === '1').map(name => `net.bridge.${name}`)
    const shown = settings.length > 0 ? bridges : bridges.filter(callsFirewall)
    if (shown.length === 0) return ok('no edge is a bridge that shows packets to the firewall before')
    const names = shown.map(({ name }) => name).join(', ')
    const why = settings.length > 0 ? `${settings.join(' and ')} is 1` : 'the bridge has nf_call_iptables'
    return warn(
      `${names}: ${why}, so conntrack meets packets before they are translated: a rule that drops what is invalid, or that masquerades, ends flows`,
      settings.length > 0
        ? `sysctl -w ${settings.map(name => `${name}=0`).join(' ')}; a bridge of pods keeps it by ip link set BRIDGE type bridge nf_call_iptables 1`
        : `ip link set ${shown[0]!.name} type bridge nf_call_iptables 0 nf_call_ip6tables 0`,
    )
  },
)

function callsFirewall({ callsFirewall }: Device): boolean {
  return callsFirewall === true
}
