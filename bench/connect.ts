import { readFileSync } from 'node:fs'
import { run } from './child.ts'
import { type Contest, DATAPLANES, type Dataplane, prepare } from './contest.ts'
import { figureOf, printFigure, printTable } from './figures.ts'
import { isolated } from './network.ts'
import { type Scratch, tool } from './scratch.ts'

/** ns, one value a round. */
interface Times {
  whole: number[]
  program: number[]
}

/** What our program costs at connect(), against programs that do nothing and next to nothing. */
export async function connect(scratch: Scratch, rounds: number): Promise<string> {
  const contests = await prepare(scratch)
  process.stderr.write(`connect(): ${rounds} rounds\n`)
  const times = await measure(contests, rounds)
  const of = (contest: Contest, dataplane: Dataplane) => times.get(`${contest.key}/${dataplane}`)!
  const programs = contests.map(contest => {
    const [one, look, ours] = (['one', 'look', 'ours'] as const).map(d => of(contest, d).program) as Three
    const ratio = printFigure(figureOf(ours.map((ns, round) => ns / look[round]!)), 2)
    return [contest.name, ...[one, look, ours].map(printNs), ratio, contest.mapsMiB.toFixed(1)]
  })
  const calls = contests.map(contest => {
    const columns = DATAPLANES.map(dataplane => of(contest, dataplane).whole)
    const [none, , , ours] = columns as [number[], number[], number[], number[]]
    return [contest.name, ...columns.map(printNs), printNs(ours.map((ns, round) => ns - none[round]!))]
  })
  return `## connect4 and connect6: time of the program\n
ns a run by the kernel's own statistics: median [range] of ${rounds} interleaved rounds, each the median of 15 batches of 1,000
calls to random addresses, once all were dialled. The statistics themselves are in every figure: \`one\` returns 1 and does
nothing else. \`look\` does one hash lookup and rewrites. × look: the ratio within each round. hit: VIPs; miss: 10,000 addresses
that are none of ours. N×M is N Services with M endpoints. maps: memory of all config maps as the kernel counts it.\n
${printTable(['dialled', 'one', 'look', 'balancing', '× look', 'maps MiB'], programs)}
## The whole call\n
ns of connect() on a UDP socket, seen by the client, without statistics${statisticsNote()}; the same rounds. "none" has nothing
attached to its cgroup, but others on the machine have, so the kernel looks whether there is something.\n
${printTable(['dialled', 'none', 'one', 'look', 'balancing', 'balancing − none'], calls)}`
}

type Three = [number[], number[], number[]]

function printNs(values: readonly number[]): string {
  return printFigure(figureOf(values), 0)
}

function statisticsNote(): string {
  const on = readFileSync('/proc/sys/kernel/bpf_stats_enabled', 'utf8').trim() !== '0'
  return on ? ' (NOT SO: kernel.bpf_stats_enabled is on on this machine)' : ''
}

async function measure(contests: readonly Contest[], rounds: number): Promise<Map<string, Times>> {
  const rows = contests.flatMap(contest =>
    contest.rows.map(row =>
      [`${contest.key}/${row.dataplane}`, row.cgroup, row.program, contest.addresses, row.source].join(' '),
    ),
  )
  const { stdout } = await run(...isolated(tool('connect'), String(rounds)), `${rows.join('\n')}\n`)
  const times = new Map<string, Times>()
  for (const line of stdout.trim().split('\n')) {
    const [key, whole, program] = line.split(' ') as [string, string, string]
    const found = times.get(key) ?? { whole: [], program: [] }
    times.set(key, found)
    found.whole.push(Number(whole))
    found.program.push(Number(program))
  }
  return times
}
