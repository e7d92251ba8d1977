import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Bench } from './bench.ts'
import { run } from './child.ts'
import type { Hook } from './floor.ts'
import { BACKEND_PORT, DIALLED_PORT } from './many-services.ts'
import { isolated } from './network.ts'
import { type Scratch, tool } from './scratch.ts'
import type { Setup } from './setup.ts'

/** The operations of operations.h, and the hook that each one is about. */
const HOOK_OF = {
  connect: 'connect',
  udp: 'connect',
  tcp: 'connect',
  first: 'sendmsg',
  again: 'sendmsg',
  alternate: 'sendmsg',
  answer: 'recvmsg',
} as const satisfies Record<string, Hook>
export type Operation = keyof typeof HOOK_OF

/** Dataplanes of one setup that do the same calls to the same addresses. */
export interface Contest {
  /** For people; unique within a call of compete(). */
  name: string
  operation: Operation
  setup: Setup
  /** Lines `IP PORT`. */
  addresses: string
  /** They are VIPs, so all but `none` and `one` must rewrite. */
  hit: boolean
}

/** What a dataplane took for a call, in ns: one value a round. */
export interface Times {
  whole: number[]
  programs: number[]
  /** How many programs ran. */
  runs: number[]
}

/** All contests in one interleaved run; the times of each by dataplane. */
export async function compete(
  { scratch, rounds }: Bench,
  contests: readonly Contest[],
  dataplanes: readonly string[],
): Promise<Map<string, Times>[]> {
  const files = new Map<string, string>()
  const rows = contests.flatMap((contest, i) => {
    if (!files.has(contest.addresses))
      files.set(contest.addresses, write(scratch, `addresses-${files.size}`, contest.addresses))
    return dataplanes.map(dataplane => rowOf(`${i}/${dataplane}`, contest, dataplane, files.get(contest.addresses)!))
  })
  const { stdout } = await run(...isolated(tool('programs'), String(rounds)), `${rows.join('\n')}\n`)
  const results = contests.map(() => new Map<string, Times>())
  for (const line of stdout.trim().split('\n')) {
    const [row, ...values] = line.split(' ') as [string, string, string, string]
    const [whole, programs, runs] = values.map(Number) as [number, number, number]
    const [index, dataplane] = row.split('/') as [string, string]
    const result = results[Number(index)]!
    const times = result.get(dataplane) ?? { whole: [], programs: [], runs: [] }
    result.set(dataplane, times)
    times.whole.push(whole)
    times.programs.push(programs)
    times.runs.push(runs)
  }
  return results
}

function rowOf(name: string, { operation, setup, hit }: Contest, dataplane: string, addresses: string): string {
  const { cgroup, programs } = setup.attached.get(dataplane)!
  const pins = programs(HOOK_OF[operation])
  const port = hit && dataplane !== 'none' && dataplane !== 'one' ? BACKEND_PORT : DIALLED_PORT
  return [name, operation, cgroup, port, addresses, pins.join(',') || '-'].join(' ')
}

function write({ files }: Scratch, name: string, text: string): string {
  const path = join(files, name)
  writeFileSync(path, text)
  return path
}
