// SPDX-License-Identifier: Apache-2.0
import { BACKEND_PORT, backendOf, DIALLED_PORT, type Size, vip } from './many-services.ts'

/** What kube-proxy's iptables mode has whatever the Services are. */
const FRAME = `*filter
:KUBE-SERVICES - [0:0]
:KUBE-EXTERNAL-SERVICES - [0:0]
:KUBE-FORWARD - [0:0]
:KUBE-NODEPORTS - [0:0]
:KUBE-PROXY-FIREWALL - [0:0]
-A INPUT -m conntrack --ctstate NEW -j KUBE-PROXY-FIREWALL
-A INPUT -j KUBE-NODEPORTS
-A INPUT -m conntrack --ctstate NEW -j KUBE-EXTERNAL-SERVICES
-A FORWARD -m conntrack --ctstate NEW -j KUBE-PROXY-FIREWALL
-A FORWARD -j KUBE-FORWARD
-A FORWARD -m conntrack --ctstate NEW -j KUBE-SERVICES
-A FORWARD -m conntrack --ctstate NEW -j KUBE-EXTERNAL-SERVICES
-A OUTPUT -m conntrack --ctstate NEW -j KUBE-PROXY-FIREWALL
-A OUTPUT -m conntrack --ctstate NEW -j KUBE-SERVICES
-A KUBE-FORWARD -m conntrack --ctstate INVALID -j DROP
-A KUBE-FORWARD -m mark --mark 0x4000/0x4000 -j ACCEPT
-A KUBE-FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
COMMIT
*nat
:KUBE-SERVICES - [0:0]
:KUBE-NODEPORTS - [0:0]
:KUBE-POSTROUTING - [0:0]
:KUBE-MARK-MASQ - [0:0]
-A PREROUTING -j KUBE-SERVICES
-A OUTPUT -j KUBE-SERVICES
-A POSTROUTING -j KUBE-POSTROUTING
-A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN
-A KUBE-POSTROUTING -j MARK --xor-mark 0x4000
-A KUBE-POSTROUTING -j MASQUERADE --random-fully
-A KUBE-MARK-MASQ -j MARK --or-mark 0x4000
COMMIT
`

/** The last rule of all, behind those of the Services. */
const NODE_PORTS = `*nat
-A KUBE-SERVICES -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS
COMMIT
`

/**
 * The rules of kube-proxy's iptables mode: scripts for `iptables-restore --noflush`, to be run one after the other, so
 * many Services in each. IPv4, without comments, as kube-proxy leaves them out above 1,000 endpoints.
 */
export function iptablesScripts(size: Size, servicesAScript: number): string[] {
  const scripts = [FRAME]
  for (let first = 0; first < size.services; first += servicesAScript) {
    const count = Math.min(servicesAScript, size.services - first)
    const services = Array.from({ length: count }, (_, i) => service(size, first + i))
    scripts.push(
      `*nat\n${services.map(({ chains }) => chains).join('')}${services.map(({ rules }) => rules).join('')}COMMIT\n`,
    )
  }
  return [...scripts, NODE_PORTS]
}

function service(size: Size, i: number): { chains: string; rules: string } {
  const protocol = `-m ${size.protocol.toLowerCase()} -p ${size.protocol.toLowerCase()}`
  const dialled = `${protocol} -d ${vip(size, i)} --dport ${DIALLED_PORT}`
  const chain = `KUBE-SVC-${nameOf(i)}`
  const endpoints = Array.from({ length: size.endpoints }, (_, e) => ({
    chain: `KUBE-SEP-${nameOf(i * size.endpoints + e)}`,
    ip: backendOf(size, i, e),
    share: e === size.endpoints - 1 ? '' : `-m statistic --mode random --probability ${1 / (size.endpoints - e)} `,
  }))
  const rules = [
    `KUBE-SERVICES ${dialled} -j ${chain}`,
    `${chain} ${dialled} ! -s 10.0.0.0/8 -j KUBE-MARK-MASQ`,
    ...endpoints.flatMap(({ chain: to, ip, share }) => [
      `${chain} ${share}-j ${to}`,
      `${to} -s ${ip} -j KUBE-MARK-MASQ`,
      `${to} ${protocol} -j DNAT --to-destination ${ip}:${BACKEND_PORT}`,
    ]),
  ]
  return {
    chains: [chain, ...endpoints.map(({ chain }) => chain)].map(name => `:${name} - [0:0]\n`).join(''),
    rules: rules.map(rule => `-A ${rule}\n`).join(''),
  }
}

/** As long as the hashes that kube-proxy names chains with. */
function nameOf(i: number): string {
  return String(i).padStart(16, '0')
}
