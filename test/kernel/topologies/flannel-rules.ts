// SPDX-License-Identifier: Apache-2.0
const FAMILIES = [
  { tool: 'iptables-nft', name: 'ip', cluster: '10.244.0.0/16', pods: '10.244.1.0/24', multicast: '224.0.0.0/4' },
  { tool: 'ip6tables-nft', name: 'ip6', cluster: 'fd00:244::/32', pods: 'fd00:244:1::/64', multicast: 'ff00::/8' },
] as const

/** What flanneld adds on n1 with iptables: commands. */
export function masqueradeByIptables(): string[] {
  return FAMILIES.flatMap(({ tool, cluster, pods, multicast }) => [
    ...[
      '-N FLANNEL-POSTRTG',
      '-A POSTROUTING -j FLANNEL-POSTRTG',
      '-A FLANNEL-POSTRTG -m mark --mark 0x4000/0x4000 -j RETURN',
      `-A FLANNEL-POSTRTG -s ${pods} -d ${cluster} -j RETURN`,
      `-A FLANNEL-POSTRTG -s ${cluster} -d ${pods} -j RETURN`,
      `-A FLANNEL-POSTRTG ! -s ${cluster} -d ${pods} -j RETURN`,
      `-A FLANNEL-POSTRTG -s ${cluster} ! -d ${multicast} -j MASQUERADE --random-fully`,
      `-A FLANNEL-POSTRTG ! -s ${cluster} -d ${cluster} -j MASQUERADE --random-fully`,
    ].map(rule => `${tool} -t nat ${rule}`),
    `${tool} -N FLANNEL-FWD`,
    `${tool} -A FORWARD -j FLANNEL-FWD`,
    `${tool} -A FLANNEL-FWD -s ${cluster} -j ACCEPT`,
    `${tool} -A FLANNEL-FWD -d ${cluster} -j ACCEPT`,
  ])
}

/** What flanneld adds on n1 with nftables. Its fourth rule asks for the cluster where that of iptables asks for the pods of the node. */
export function masqueradeByNftables(): string[] {
  return FAMILIES.flatMap(({ name, cluster, pods, multicast }) => {
    const table = `${name} flannel-ip${name === 'ip' ? 'v4' : 'v6'}`
    return [
      `add table ${table}`,
      `add chain ${table} postrtg { type nat hook postrouting priority srcnat; }`,
      ...[
        'meta mark 0x4000 return',
        `${name} saddr ${pods} ${name} daddr ${cluster} return`,
        `${name} saddr ${cluster} ${name} daddr ${pods} return`,
        `${name} saddr != ${pods} ${name} daddr ${cluster} return`,
        `${name} saddr ${cluster} ${name} daddr != ${multicast} masquerade fully-random`,
        `${name} saddr != ${cluster} ${name} daddr ${cluster} masquerade fully-random`,
      ].map(rule => `add rule ${table} postrtg ${rule}`),
    ].map(command => `nft "${command}"`)
  })
}
