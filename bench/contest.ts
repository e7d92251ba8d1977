import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Bench } from './bench.ts'
import { run } from './child.ts'
import type { Hook } from './floor.ts'
import { BACKEND_PORT, DIALLED_PORT, hits, LOOPBACK, misses, type Size } from './many-services.ts'
import { isolated } from './network.ts'
import { type Scratch, tool } from './scratch.ts'
import { nameOf, type Setup, setupOf } from './setup.ts'

/** The operations of operations.h: the hook that each one is about, and how people call it. */
const OPERATIONS = {
  connect: { hook: 'connect', name: 'connect' },
  udp: { hook: 'connect', name: 'UDP' },
  tcp: { hook: 'connect', name: 'TCP' },
  first: { hook: 'sendmsg', name: 'first datagram' },
  again: { hook: 'sendmsg', name: 'second, same VIP' },
  alternate: { hook: 'sendmsg', name: 'two VIPs in turns' },
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

/** What a dataplane took for a call, in ns: one value a round. */
export interface Times {
  whole: number[]
  programs: number[]
  /** How many programs ran. */
  runs: number[]
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
  whole = false,
): Promise<Result[]> {
  const results = contests
    .map((contest): Result => ({ ...contest, name: nameOfContest(contest), times: new Map() }))
    .filter(({ name }) => bench.only.test(name))
  const rows: string[] = []
  for (const [i, result] of results.entries()) {
    const setup = await setupOf(bench, result.size)
    const addresses = writeAddresses(bench.scratch, result, i)
    for (const dataplane of dataplanes) rows.push(rowOf(`${i}/${dataplane}`, result, setup, dataplane, addresses))
  }
  process.stderr.write(`${results.length} contests of ${dataplanes.length}, ${bench.rounds} rounds\n`)
  const { stdout } = await run(
    ...isolated(tool('programs'), String(bench.rounds), ...(whole ? ['whole'] : [])),
    `${rows.join('\n')}\n`,
  )
  for (const line of stdout.trim().split('\n')) takeLine(line, results)
  return results
}

function nameOfContest({ operation, size, to }: Contest): string {
  return `${nameOf(size)}, ${OPERATIONS[operation].name}, ${to}`
}

function rowOf(name: string, { operation, to }: Contest, setup: Setup, dataplane: string, addresses: string): string {
  const { cgroup, programs } = setup.attached.get(dataplane)!
  const rewrites = to === 'hit' && dataplane !== 'none' && dataplane !== 'one'
  const port = rewrites ? BACKEND_PORT : DIALLED_PORT
  return [name, operation, cgroup, port, addresses, programs(OPERATIONS[operation].hook).join(',') || '-'].join(' ')
}

function takeLine(line: string, results: readonly Result[]): void {
  const [row, ...values] = line.split(' ') as [string, ...string[]]
  const [whole, programs, runs] = values.map(Number) as [number, number, number]
  const [index, dataplane] = row.split('/') as [string, string]
  const { times } = results[Number(index)]!
  const found = times.get(dataplane) ?? { whole: [], programs: [], runs: [] }
  times.set(dataplane, found)
  found.whole.push(whole)
  found.programs.push(programs)
  found.runs.push(runs)
}

function writeAddresses({ files }: Scratch, { size, to }: Contest, number: number): string {
  const path = join(files, `addresses-${number}`)
  writeFileSync(path, to === 'hit' ? hits(size) : to === 'miss' ? misses(10_000) : LOOPBACK[size.family])
  return path
}
