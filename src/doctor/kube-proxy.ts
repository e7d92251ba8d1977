import { existsSync, readFileSync } from 'node:fs'
import { processesNamed } from '../host/processes.ts'
import type { RulePlace } from '../host/rules.ts'
import { type Check, ok, type Said, type Subject, unknown, warn } from './finding.ts'

/** Chains that kube-proxy makes and nobody else does: kubelet has others that begin with KUBE-. */
const CHAINS = ['KUBE-SERVICES', 'KUBE-NODEPORTS', 'KUBE-PROXY-CANARY']

const TABLE = 'kube-proxy'

export const iptables: Check = {
  name: 'kube-proxy-iptables',
  about: 'chains of kube-proxy in iptables and ip6tables, of either backend',
  look: subject => amongRules(subject, ({ chain }) => chain !== undefined && CHAINS.includes(chain)),
}

export const nftables: Check = {
  name: 'kube-proxy-nftables',
  about: 'tables of kube-proxy in nftables',
  look: subject => amongRules(subject, ({ table, chain }) => chain === undefined && table === TABLE),
}

export const ipvs: Check = {
  name: 'kube-proxy-ipvs',
  about: 'virtual servers of IPVS, and the interface that holds their addresses',
  look() {
    const servers = virtualServers(read('/proc/net/ip_vs'))
    const hasInterface = /^\s*kube-ipvs0:/m.test(read('/proc/net/dev'))
    const parts = [
      servers > 0 ? `${servers} virtual server${servers === 1 ? '' : 's'} of IPVS` : '',
      hasInterface ? 'the interface kube-ipvs0' : '',
    ].filter(Boolean)
    return judge(parts.join(' and '))
  },
}

/** How many services /proc/net/ip_vs lists: a line each that begins with a protocol, or with FWM for a firewall mark. */
function virtualServers(table: string): number {
  return table.match(/^(TCP|UDP|SCTP|FWM) /gm)?.length ?? 0
}

async function amongRules({ rules }: Subject, isIts: (place: RulePlace) => boolean): Promise<Said> {
  const { places, unknown: reasons } = await rules()
  const found = places.filter(isIts).map(formatForeign)
  if (found.length === 0 && reasons.length > 0)
    return unknown(reasons.join('; '), 'install nftables and iptables to have it looked at')
  return judge(found.join(', '))
}

function formatForeign({ backend, family, table, chain }: RulePlace): string {
  const name = chain === undefined ? `the table ${family} ${table}` : `${chain} in ${family} ${table}`
  return backend === 'legacy' ? `${name} (legacy)` : name
}

/** Rules of a kube-proxy that runs serve packets from outside; those that it left behind send them to pods that are gone. */
function judge(found: string): Said {
  const [pid] = processesNamed('kube-proxy')
  if (found === '') return ok('nothing of kube-proxy')
  if (pid !== undefined) return ok(`${found}: kube-proxy runs (process ${pid}), and has what comes from outside`)
  const advice =
    "kube-proxy --cleanup, run here as root from the image of kube-proxy, removes them; packets from outside are then nobody's"
  return warn(`${found}, and no kube-proxy that runs is in sight`, advice)
}

function read(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : ''
}
