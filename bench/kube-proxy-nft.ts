// SPDX-License-Identifier: Apache-2.0
import { BACKEND_PORT, backendOf, DIALLED_PORT, type Size, vip } from './many-services.ts'

/** What kube-proxy's nftables mode has whatever the Services are. */
const FRAME = `
table ip kube-proxy {
  set cluster-ips { type ipv4_addr; }
  set nodeport-ips { type ipv4_addr; }
  map firewall-ips { type ipv4_addr . inet_proto . inet_service : verdict; }
  map no-endpoint-services { type ipv4_addr . inet_proto . inet_service : verdict; }
  map no-endpoint-nodeports { type inet_proto . inet_service : verdict; }
  map service-ips { type ipv4_addr . inet_proto . inet_service : verdict; }
  map service-nodeports { type inet_proto . inet_service : verdict; }
  chain mark-for-masquerade { meta mark set meta mark or 0x4000; }
  chain masquerading {
    meta mark and 0x4000 == 0 return
    meta mark set meta mark xor 0x4000
    masquerade fully-random
  }
  chain services {
    ip daddr . meta l4proto . th dport vmap @service-ips
    ip daddr @nodeport-ips meta l4proto . th dport vmap @service-nodeports
  }
  chain service-endpoints-check { ip daddr . meta l4proto . th dport vmap @no-endpoint-services; }
  chain nodeport-endpoints-check { ip daddr @nodeport-ips meta l4proto . th dport vmap @no-endpoint-nodeports; }
  chain firewall-check { ip daddr . meta l4proto . th dport vmap @firewall-ips; }
  chain cluster-ips-check { ip daddr @cluster-ips reject; }
  chain filter-prerouting {
    type filter hook prerouting priority -110;
    ct state new jump firewall-check
  }
  chain filter-input {
    type filter hook input priority -110;
    ct state new jump nodeport-endpoints-check
    ct state new jump service-endpoints-check
  }
  chain filter-forward {
    type filter hook forward priority -110;
    ct state new jump service-endpoints-check
    ct state new jump cluster-ips-check
  }
  chain filter-output {
    type filter hook output priority -110;
    ct state new jump service-endpoints-check
    ct state new jump firewall-check
  }
  chain filter-output-post-dnat {
    type filter hook output priority -90;
    ct state new jump cluster-ips-check
  }
  chain nat-prerouting {
    type nat hook prerouting priority dstnat;
    jump services
  }
  chain nat-output {
    type nat hook output priority -100;
    jump services
  }
  chain nat-postrouting {
    type nat hook postrouting priority srcnat;
    jump masquerading
  }
}
`

/**
 * The rules of kube-proxy's nftables mode: scripts for `nft -f`, to be run one after the other, so many Services in
 * each. IPv4.
 */
export function nftScripts(size: Size, servicesAScript: number): string[] {
  const scripts = [FRAME]
  for (let first = 0; first < size.services; first += servicesAScript) {
    const count = Math.min(servicesAScript, size.services - first)
    scripts.push(Array.from({ length: count }, (_, i) => service(size, first + i)).join(''))
  }
  return scripts
}

function service(size: Size, i: number): string {
  const protocol = size.protocol.toLowerCase()
  const [address, chain] = [vip(size, i), `service-${i}/${protocol}`]
  const endpoints = Array.from({ length: size.endpoints }, (_, e) => ({
    chain: `endpoint-${i}/${e}`,
    ip: backendOf(size, i, e),
  }))
  const lines = [
    `add chain ip kube-proxy ${chain}`,
    ...endpoints.flatMap(({ chain, ip }) => [
      `add chain ip kube-proxy ${chain}`,
      `add rule ip kube-proxy ${chain} ip saddr ${ip} jump mark-for-masquerade`,
      `add rule ip kube-proxy ${chain} meta l4proto ${protocol} dnat to ${ip}:${BACKEND_PORT}`,
    ]),
    `add rule ip kube-proxy ${chain} ip daddr ${address} ${protocol} dport ${DIALLED_PORT} ip saddr != 10.0.0.0/8 jump mark-for-masquerade`,
    `add rule ip kube-proxy ${chain} numgen random mod ${size.endpoints} vmap { ${endpoints.map(({ chain }, e) => `${e} : goto ${chain}`).join(', ')} }`,
    `add element ip kube-proxy cluster-ips { ${address} }`,
    `add element ip kube-proxy service-ips { ${address} . ${protocol} . ${DIALLED_PORT} : goto ${chain} }`,
  ]
  return lines.map(line => `${line}\n`).join('')
}
