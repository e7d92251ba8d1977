// SPDX-License-Identifier: Apache-2.0
import type { Check } from '../check.ts'
import { judgeRules } from '../kube-proxy.ts'

export const kubeProxyNftables: Check = {
  name: 'kube-proxy-nftables',
  about: 'no tables of kube-proxy are left in nftables',
  run: machine => judgeRules(machine, ({ table, chain }) => chain === undefined && table === 'kube-proxy'),
}
