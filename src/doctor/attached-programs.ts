import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { type ForeignProgram, formatForeign, requireRoom } from '../bpf/foreign-programs.ts'
import { programsFor } from '../bpf/programs.ts'
import { emptyImage } from '../datapath/image.ts'
import { mounts } from '../host/mounts.ts'
import { processesNamed } from '../host/processes.ts'
import { type Check, ok, type Said, type Subject, unknown, warn } from './finding.ts'

/** Another proxy that translates at sockets, by what it is known by. */
interface Proxy {
  title: string
  /** Of its programs at our hooks. */
  program: RegExp
  /** Of what it pins, below a BPF file system. */
  pins: { folder: string; name: RegExp }[]
  chain: RegExp
  process: string
  /** How its programs are told to go. */
  off: string
  /** How to remove what it left. */
  clear: string
}

const CILIUM: Proxy = {
  title: 'Cilium',
  program: /^(cil_)?sock[46]?_/,
  pins: [
    { folder: 'cilium', name: /^socketlb$/ },
    { folder: 'tc/globals', name: /^cilium_/ },
  ],
  chain: /^(OLD_)?CILIUM_/,
  process: 'cilium-agent',
  off: 'set kubeProxyReplacement=false and socketLB.enabled=false in its Helm values, and restart its agents',
  clear: 'cilium-dbg post-uninstall-cleanup, in its image, removes what it left',
}

const CALICO: Proxy = {
  title: 'Calico',
  program: /^(calico_(connect|sendmsg|recvmsg)|cali_ctlb|cali_noop)/,
  pins: [
    { folder: '.', name: /^calico_connect4$/ },
    { folder: 'tc/globals', name: /^cali_/ },
  ],
  chain: /^cali-/,
  process: 'calico-node',
  off: 'set bpfConnectTimeLoadBalancing to Disabled, or bpfEnabled to false, in its FelixConfiguration',
  clear: 'restart calico-node with bpfEnabled set to false: it removes what it left',
}

const NEEDS = ['permission', 'bpffs', 'cgroup2', 'bpftool', 'programs', 'applied']

export const foreign: Check = {
  name: 'foreign',
  about: 'programs of others at the same hooks leave room, and none of them is unknown',
  needs: NEEDS,
  async look(subject) {
    const { node, status } = await subject.node()
    requireRoom(node.state, programsFor((await node.observed()) ?? emptyImage()))
    if (status.foreignUnknown !== null) return unknown(status.foreignUnknown)
    const strange = status.foreignPrograms.filter(p => ![CILIUM, CALICO].some(proxy => proxy.program.test(p.name)))
    if (strange.length === 0) return ok('nobody else is at the same hooks')
    return warn(list(strange), 'find out who attached it, and what it does to the addresses that applications dial')
  },
}

export const cilium: Check = checkFor('cilium', CILIUM)
export const calico: Check = checkFor('calico', CALICO)

function checkFor(name: string, proxy: Proxy): Check {
  return {
    name,
    about: `programs of ${proxy.title} at the same hooks, and what it left behind`,
    needs: NEEDS,
    look: subject => lookFor(proxy, subject),
  }
}

/**
 * At our hooks two translate the same call, and the first one wins. Elsewhere it may well be the CNI, which is none of our
 * business while it runs.
 */
async function lookFor({ title, program, chain, process, off, clear, pins }: Proxy, subject: Subject): Promise<Said> {
  const { status } = await subject.node()
  const attached = status.foreignPrograms.filter(p => program.test(p.name))
  const [pid] = processesNamed(process)
  const byHand = `bpftool cgroup detach ${attached[0]?.cgroup} ${attached[0]?.hook} id ${attached[0]?.id}, and so on, if it is gone`
  if (attached.length > 0) return warn(`${list(attached)}: two translate the same calls`, `${off}; ${byHand}`)
  const { places } = await subject.rules()
  const chains = places.filter(place => chain.test(place.chain ?? '')).length
  const left = [...pins.flatMap(pinned), chains > 0 ? `${chains} chains of iptables` : ''].filter(Boolean)
  if (left.length === 0) return ok(`nothing of ${title}`)
  if (pid !== undefined) return ok(`${title} runs (process ${pid}), and has no program at the same hooks`)
  return warn(`${some(left)}, and no ${process} that runs is in sight`, clear)
}

function pinned({ folder, name }: Proxy['pins'][number]): string[] {
  const folders = mounts().flatMap(({ type, point }) => (type === 'bpf' ? [join(point, folder)] : []))
  return folders.filter(existsSync).flatMap(path =>
    readdirSync(path)
      .filter(pin => name.test(pin))
      .map(pin => join(path, pin)),
  )
}

function list(programs: readonly ForeignProgram[]): string {
  return some(programs.map(p => `${formatForeign(p)} is attached to ${p.cgroup}`))
}

const MOST = 3

function some(names: readonly string[]): string {
  return [...names.slice(0, MOST), ...(names.length > MOST ? [`${names.length - MOST} more`] : [])].join(', ')
}
