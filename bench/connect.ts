// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs'
import type { Bench } from './bench.ts'
import { legend, printNs, programTable } from './columns.ts'
import { type Contest, compete } from './contest.ts'
import { printTable } from './figures.ts'
import type { Size } from './many-services.ts'

/** Up to 15 IPv4 or 6 IPv6 backends fit into a frontend's own element; with 20 there is a lookup of a page more. */
const SIZES: readonly Size[] = [
  ...[10, 1_000, 10_000, 50_000].map((services): Size => ({ services, endpoints: 5, family: 4, protocol: 'UDP' })),
  { services: 10_000, endpoints: 20, family: 4, protocol: 'UDP' },
  { services: 10_000, endpoints: 5, family: 6, protocol: 'UDP' },
  { services: 10_000, endpoints: 20, family: 6, protocol: 'UDP' },
  { services: 10_000, endpoints: 5, family: 4, protocol: 'UDP', affinity: true },
]

/** What our program costs at connect(), against programs that do nothing and next to nothing. */
export async function connect(bench: Bench): Promise<string> {
  const { rounds, variants } = bench
  const ours = variants.map(variant => variant.name)
  const results = await compete(bench, contests(), ['none', 'one', 'look', ...ours], { whole: true })
  const calls = results.map(({ name, times }) => {
    const of = (dataplane: string) => times.get(dataplane)!.whole
    const added = ours.map(name => printNs(of(name).map((ns, round) => ns - of('none')[round]!)))
    return [name, ...['none', 'one', 'look', ...ours].map(name => printNs(of(name))), ...added]
  })
  const head = ['call', 'none', 'one', 'look', ...ours, ...ours.map(name => `${name} − none`)]
  return `## connect4 and connect6: time of the program\n
One UDP socket that connects again and again: no packet is sent, and the caches are as warm as they get.\n
${legend(rounds)}\n
${programTable(results, variants)}
## The whole call\n
ns of connect() on a UDP socket, seen by the client, without statistics${statisticsNote()}; the same rounds. "none" has nothing
attached to its cgroup, but others on the machine have, so the kernel looks whether there is something.\n
${printTable(head, calls)}`
}

function statisticsNote(): string {
  const on = readFileSync('/proc/sys/kernel/bpf_stats_enabled', 'utf8').trim() !== '0'
  return on ? ' (NOT SO: kernel.bpf_stats_enabled is on on this machine)' : ''
}

function contests(): Contest[] {
  const hits = SIZES.map((size): Contest => ({ operation: 'connect', size, to: 'hit' }))
  const plain = SIZES.filter(({ family, endpoints, affinity }) => family === 4 && endpoints === 5 && !affinity)
  return [...hits, ...plain.map((size): Contest => ({ operation: 'connect', size, to: 'miss' }))]
}
