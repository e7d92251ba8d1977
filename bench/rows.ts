// SPDX-License-Identifier: Apache-2.0
import { run } from './child.ts'
import { tool } from './scratch.ts'

/** A row of programs.c: one dataplane in one contest. */
export interface Row {
  /** Which contest, counted from 0. */
  contest: number
  dataplane: string
  operation: string
  cgroup: string
  /** Files of network namespaces. */
  client: string
  server: string
  /** Where calls must arrive. */
  port: number
  /** A file of lines `IP PORT`. */
  addresses: string
  /** Pins; none: only whole calls can be measured. */
  programs: string[]
}

/** What a dataplane took for a call, in ns: one value a round. */
export interface Times {
  /** 0 unless it was asked for. */
  whole: number[]
  programs: number[]
  /** How many programs ran. */
  runs: number[]
}

/** Batches of a row in each round, unless other is said; and calls of a batch (calls.h). */
export const BATCHES = 11
export const CALLS = 1_000

/** The network namespace that a process is in. */
export const OWN_NETWORK = '/proc/self/ns/net'

/**
 * Measures all rows in one interleaved run; the times of each contest by dataplane. `around` is a command that runs the
 * tool, such as one that makes a network namespace for it.
 */
export async function measureRows(
  rows: readonly Row[],
  rounds: number,
  { mode = 'programs' as 'programs' | 'whole' | 'pairs', batches = BATCHES, around = [] as readonly string[] } = {},
): Promise<Map<string, Times>[]> {
  const input = rows.map(row => {
    const { operation, cgroup, client, server, port, addresses, programs } = row
    const name = `${row.contest}/${row.dataplane}`
    return `${[name, operation, cgroup, client, server, port, addresses, programs.join(',') || '-'].join(' ')}\n`
  })
  const [program, ...args] = [
    ...around,
    tool('programs'),
    String(rounds),
    String(batches),
    ...(mode === 'programs' ? [] : [mode]),
  ] as [string]
  const { stdout } = await run(program, args, input.join(''))
  const results: Map<string, Times>[] = []
  for (const line of stdout.trim().split('\n')) takeLine(line, results)
  return results
}

function takeLine(line: string, results: Map<string, Times>[]): void {
  const [name, ...values] = line.split(' ') as [string, ...string[]]
  const [whole, programs, runs] = values.map(Number) as [number, number, number]
  const [contest, dataplane] = name.split('/') as [string, string]
  const result = results[Number(contest)] ?? new Map<string, Times>()
  results[Number(contest)] = result
  const times = result.get(dataplane) ?? { whole: [], programs: [], runs: [] }
  result.set(dataplane, times)
  times.whole.push(whole)
  times.programs.push(programs)
  times.runs.push(runs)
}
