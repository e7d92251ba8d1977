// SPDX-License-Identifier: Apache-2.0
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { count } from '../base/count.ts'
import { formatFilter } from '../bpf/hooks/foreign-filters.ts'
import type { ForeignProgram } from '../bpf/hooks/foreign-program.ts'
import { formatForeign } from '../bpf/hooks/foreign-programs.ts'
import { mounts } from '../host/mounts.ts'
import { processesNamed } from '../host/processes.ts'
import type { Check, Machine } from './check.ts'
import { type Found, ok, warn } from './finding.ts'

/** Another proxy that translates at sockets, and how to recognise it. */
export interface OtherProxy {
  title: string
  /** The names of its programs at our hooks. */
  program: RegExp
  /** The names of its filters at devices. */
  filter: RegExp
  /** Its pins, below a BPF file system. */
  pins: { folder: string; name: RegExp }[]
  /** The names of its chains. */
  chain: RegExp
  /** The name of its process. */
  process: string
  /** How to make it detach its programs. */
  switchOff: string
  /** How to remove what it left behind. */
  cleanUp: string
}

/** What checks of attached programs need. */
export const NEEDS = ['permission', 'bpffs', 'cgroup2', 'bpftool', 'programs', 'applied']

/** The check that a proxy has no program at our hooks and left nothing behind. */
export function otherProxyCheck(name: string, proxy: OtherProxy): Check {
  return {
    name,
    about: `${proxy.title} has no programs at the same hooks, and left nothing behind`,
    needs: NEEDS,
    run: machine => examine(proxy, machine),
  }
}

/** At our hooks both proxies translate a call or a packet, and the first wins. Elsewhere the other one may be the CNI, which is right there. */
async function examine(proxy: OtherProxy, machine: Machine): Promise<Found> {
  const { title, program, filter, process, switchOff, cleanUp } = proxy
  const { status } = await machine.node()
  const attached = status.foreignPrograms.filter(p => program.test(p.name))
  const [first] = attached
  if (first) {
    const byHand = `bpftool cgroup detach ${first.cgroup} ${first.hook} id ${first.id}`
    return warn(
      `${listPrograms(attached)}: both translate the same calls`,
      `${switchOff}; if ${title} is gone, detach its programs by hand: ${byHand}`,
    )
  }
  const filters = status.foreignFilters.filter(({ name }) => filter.test(name))
  if (filters.length > 0)
    return warn(
      `${some(filters.map(formatFilter))}: both translate the same packets`,
      `${switchOff}; or give apply --device none`,
    )
  const left = await leftBy(proxy, machine)
  if (left.length === 0) return ok(`nothing of ${title} is here`)
  const [pid] = processesNamed(process)
  if (pid !== undefined) return ok(`${title} runs (process ${pid}), and has no program at the same hooks`)
  return warn(`${title} left ${some(left)}, and no ${process} runs here`, cleanUp)
}

/** Its pins and chains. */
async function leftBy({ pins, chain }: OtherProxy, { rules }: Machine): Promise<string[]> {
  const { places } = await rules()
  const chains = places.filter(place => chain.test(place.chain ?? '')).length
  return [...pins.flatMap(pinned), ...(chains > 0 ? [`${count(chains, 'chain')} of iptables`] : [])]
}

function pinned({ folder, name }: OtherProxy['pins'][number]): string[] {
  const folders = mounts().flatMap(({ type, point }) => (type === 'bpf' ? [join(point, folder)] : []))
  return folders.filter(existsSync).flatMap(path =>
    readdirSync(path)
      .filter(pin => name.test(pin))
      .map(pin => join(path, pin)),
  )
}

/** `sock4_connect (id 12) is attached to /sys/fs/cgroup, …` */
export function listPrograms(programs: readonly ForeignProgram[]): string {
  return some(programs.map(p => `${formatForeign(p)} is attached to ${p.cgroup}`))
}

const MOST = 3

function some(names: readonly string[]): string {
  return [...names.slice(0, MOST), ...(names.length > MOST ? [`${names.length - MOST} more`] : [])].join(', ')
}
