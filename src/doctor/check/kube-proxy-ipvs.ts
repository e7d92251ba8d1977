// SPDX-License-Identifier: Apache-2.0
import { existsSync, readFileSync } from 'node:fs'
import { count } from '../../base/count.ts'
import type { Check } from '../check.ts'
import { judgeKubeProxy } from '../kube-proxy.ts'

export const kubeProxyIpvs: Check = {
  name: 'kube-proxy-ipvs',
  about: 'no virtual servers of IPVS are left, nor the interface with their addresses',
  run() {
    const servers = virtualServers(read('/proc/net/ip_vs'))
    const hasInterface = /^\s*kube-ipvs0:/m.test(read('/proc/net/dev'))
    const parts = [
      servers > 0 ? `${count(servers, 'virtual server')} of IPVS` : '',
      hasInterface ? 'the interface kube-ipvs0' : '',
    ].filter(Boolean)
    return judgeKubeProxy(parts.join(' and '))
  },
}

/** How many services /proc/net/ip_vs lists: a line each that begins with a protocol, or with FWM for a firewall mark. */
function virtualServers(table: string): number {
  return table.match(/^(TCP|UDP|SCTP|FWM) /gm)?.length ?? 0
}

function read(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : ''
}
