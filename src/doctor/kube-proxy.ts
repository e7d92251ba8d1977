// SPDX-License-Identifier: Apache-2.0
import { hasCapability } from '../host/capabilities.ts'
import { processesNamed } from '../host/processes.ts'
import type { RulePlace } from '../host/rules.ts'
import type { Machine } from './check.ts'
import { type Found, GIVE_NET_ADMIN, ok, unknown, warn } from './finding.ts'

/** Judges the rules of this network namespace that belong to kube-proxy. */
export async function judgeRules({ rules }: Machine, isOfKubeProxy: (place: RulePlace) => boolean): Promise<Found> {
  const { places, unknown: reasons } = await rules()
  const found = places.filter(isOfKubeProxy).map(formatPlace)
  if (found.length === 0 && reasons.length > 0) {
    const install = 'install nftables and iptables, so that doctor can list the rules'
    return unknown(reasons.join('; '), hasCapability('CAP_NET_ADMIN') ? install : GIVE_NET_ADMIN)
  }
  return judgeKubeProxy(found.join(', '))
}

/** Judges what kube-proxy made. While it runs it serves packets from outside; what it left behind sends them to pods that are gone. */
export function judgeKubeProxy(found: string): Found {
  const [pid] = processesNamed('kube-proxy')
  if (found === '') return ok('nothing of kube-proxy is here')
  if (pid !== undefined) return ok(`${found}: kube-proxy runs (process ${pid}) and serves packets from outside`)
  return warn(
    `${found}, and no kube-proxy runs here`,
    'run kube-proxy --cleanup here, as root, from the image of kube-proxy; nothing serves packets from outside afterwards',
  )
}

function formatPlace({ backend, family, table, chain }: RulePlace): string {
  const name = chain === undefined ? `the table ${family} ${table}` : `${chain} in ${family} ${table}`
  return backend === 'legacy' ? `${name} (legacy)` : name
}
