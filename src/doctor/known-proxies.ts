// SPDX-License-Identifier: Apache-2.0
import type { OtherProxy } from './other-proxy.ts'

/** Cilium's socket load balancer. */
export const CILIUM: OtherProxy = {
  title: 'Cilium',
  program: /^(cil_)?sock[46]?_/,
  filter: /^(cil_|bpf_(host|overlay|network|lxc)\b)/,
  pins: [
    { folder: 'cilium', name: /^socketlb$/ },
    { folder: 'tc/globals', name: /^cilium_/ },
  ],
  chain: /^(OLD_)?CILIUM_/,
  process: 'cilium-agent',
  switchOff:
    'set kubeProxyReplacement=false and socketLB.enabled=false in the Helm values of Cilium, and restart its agents',
  cleanUp: 'run cilium-dbg post-uninstall-cleanup, from the image of Cilium: it removes what is left',
}

/** Calico's connect-time load balancing. */
export const CALICO: OtherProxy = {
  title: 'Calico',
  program: /^(calico_(connect|sendmsg|recvmsg)|cali_ctlb|cali_noop)/,
  filter: /^(cali_|calico_)/,
  pins: [
    { folder: '.', name: /^calico_connect4$/ },
    { folder: 'tc/globals', name: /^cali_/ },
  ],
  chain: /^cali-/,
  process: 'calico-node',
  switchOff: 'set bpfConnectTimeLoadBalancing to Disabled, or bpfEnabled to false, in the FelixConfiguration of Calico',
  cleanUp: 'start calico-node with bpfEnabled set to false: it removes what is left',
}
