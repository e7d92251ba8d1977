// SPDX-License-Identifier: Apache-2.0
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Hook } from './attached.ts'
import type { Bench } from './bench.ts'
import { BACKEND_PORT, DIALLED_PORT, hits, LOOPBACK, misses, nameOf, type Size } from './many-services.ts'
import { ISOLATED } from './network.ts'
import { measureRows, OWN_NETWORK, type Row, type Times } from './rows.ts'
import type { Scratch } from './scratch.ts'
import { type Setup, setupOf } from './setup.ts'

/** The operations of operations.h: the hook that each one is about, and how people call it. */
const OPERATIONS = {
  connect: { hook: 'connect', name: 'connect' },
  udp: { hook: 'connect', name: 'UDP' },
  tcp: { hook: 'connect', name: 'TCP' },
  first: { hook: 'sendmsg', name: 'first datagram' },
  second: { hook: 'sendmsg', name: 'second datagram' },
  again: { hook: 'sendmsg', name: 'one socket, one VIP' },
  turns: { hook: 'sendmsg', name: 'one socket, two VIPs in turns' },
  answers: { hook: 'recvmsg', name: 'one socket, answers' },
  answer: { hook: 'recvmsg', name: 'answer' },
} as const satisfies Record<string, { hook: Hook; name: string }>
export type Operation = keyof typeof OPERATIONS

/** Dataplanes that do the same calls to the same addresses. */
export interface Contest {
  operation: Operation
  size: Size
  /** VIPs, 10,000 addresses that are none of ours, or one of every host. */
  to: 'hit' | 'miss' | 'loopback'
}

/** A contest with its times, by dataplane. */
export interface Result extends Contest {
  name: string
  times: Map<string, Times>
}

/** Runs those of the contests that were asked for, in one interleaved run; times of the whole call only if `whole`. */
export async function compete(
  bench: Bench,
  contests: readonly Contest[],
  dataplanes: readonly string[],
  { whole = false, setup = setupOf } = {},
): Promise<Result[]> {
  const asked = contests
    .map(contest => ({ ...contest, name: nameOfContest(contest) }))
    .filter(({ name }) => bench.only.test(name))
  const rows: Row[] = []
  for (const [number, contest] of asked.entries()) {
    const attached = await setup(bench, contest.size)
    const addresses = writeAddresses(bench.scratch, contest)
    for (const dataplane of dataplanes) rows.push(rowOf(number, contest, attached, dataplane, addresses))
  }
  process.stderr.write(`${asked.length} contests of ${dataplanes.length}, ${bench.rounds} rounds\n`)
  const times = await measureRows(rows, bench.rounds, { mode: whole ? 'whole' : 'programs', around: ISOLATED })
  return asked.map((contest, number) => ({ ...contest, times: times[number]! }))
}

function nameOfContest({ operation, size, to }: Contest): string {
  return `${nameOf(size)}, ${OPERATIONS[operation].name}, ${to}`
}

function rowOf(number: number, contest: Contest, setup: Setup, dataplane: string, addresses: string): Row {
  const { cgroup, programs, rewrites } = setup.get(dataplane)!
  return {
    contest: number,
    dataplane,
    operation: contest.operation,
    cgroup,
    client: OWN_NETWORK,
    server: OWN_NETWORK,
    port: rewrites && contest.to === 'hit' ? BACKEND_PORT : DIALLED_PORT,
    addresses,
    programs: programs(OPERATIONS[contest.operation].hook),
  }
}

/** A file. Equal destinations have one. */
function writeAddresses({ files }: Scratch, { size, to }: Contest): string {
  const path = join(files, `${to === 'hit' ? size.services : ''}${to}${size.family}`)
  writeFileSync(path, to === 'hit' ? hits(size) : to === 'miss' ? misses(10_000) : LOOPBACK[size.family])
  return path
}
