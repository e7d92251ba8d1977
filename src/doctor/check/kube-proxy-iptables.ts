// SPDX-License-Identifier: Apache-2.0
import type { Check } from '../check.ts'
import { judgeRules } from '../kube-proxy.ts'

/** Chains that only kube-proxy makes. kubelet has others that begin with KUBE-. */
const CHAINS = ['KUBE-SERVICES', 'KUBE-NODEPORTS', 'KUBE-PROXY-CANARY']

export const kubeProxyIptables: Check = {
  name: 'kube-proxy-iptables',
  about: 'no chains of kube-proxy are left in iptables and ip6tables, of either backend',
  run: machine => judgeRules(machine, ({ chain }) => chain !== undefined && CHAINS.includes(chain)),
}
