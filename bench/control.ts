// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path'
import type { Bench } from './bench.ts'
import { run } from './child.ts'
import { NODE, type Specs, writeExport, writeRollout, writeSpecs } from './exports.ts'
import { figureOf, grouped, printFigure, printTable } from './figures.ts'
import { measure, type Sample } from './measure.ts'
import { newCgroup, type Scratch } from './scratch.ts'

/** A command to measure, in one or several rounds. */
interface Case {
  name: string
  args: string[]
  /** Information only. */
  target?: string
  /** Measured this often a round. */
  times?: number
  /** Measured in no more rounds than this. */
  mostRounds?: number
  /** Its exit code, 0 when absent. */
  exits?: number
  /** Not measured: brings things to where the command starts. */
  before?: () => Promise<unknown>
  /** Throws when the answer shows that something else was measured; else what it says beside the figures. */
  note?: (answer: string) => string
}

/** Whole commands as a person runs them, the cases in turns within each round. */
export async function control({ scratch, rounds }: Bench): Promise<string> {
  const cases = await prepare(scratch)
  const samples = cases.map((): Sample[] => [])
  for (let round = 0; round < rounds; round++) {
    process.stderr.write(`control plane: round ${round + 1} of ${rounds}\n`)
    for (const [i, c] of cases.entries()) {
      if (round >= (c.mostRounds ?? rounds)) continue
      await c.before?.()
      for (let time = 0; time < (c.times ?? 1); time++)
        samples[i]!.push(await measure(scratch.balancing, c.args, c.exits))
    }
  }
  const rows = cases.map((c, i) => [
    c.name,
    printFigure(figureOf(samples[i]!.map(s => s.wall)), 2),
    printFigure(figureOf(samples[i]!.map(s => s.cpu)), 2),
    figureOf(samples[i]!.map(s => s.peakMiB)).median.toFixed(0),
    c.target ?? '',
    [...new Set(samples[i]!.map(s => c.note?.(s.stdout) ?? ''))].join(' / '),
  ])
  return `## Control plane\n
Whole commands as child processes: median [range] of up to ${rounds} interleaved rounds. CPU is that of all processes of
the command, peak memory that of its largest one. Exports are as kubectl prints them; N×M is N Services with M endpoints.
The target is for information.\n
${printTable(['command', 'wall s', 'CPU s', 'peak MiB', 'target', 'did'], rows)}`
}

async function prepare(scratch: Scratch): Promise<Case[]> {
  process.stderr.write('control plane: writing exports\n')
  return [
    { name: '--help', args: ['--help'], times: 3, target: '0.15 s' },
    { ...(await rendering(scratch, 10, 3, 'json')), times: 3, target: '0.15 s' },
    await rendering(scratch, 1_000, 10, 'yaml'),
    await rendering(scratch, 1_000, 10, 'json'),
    { ...(await rendering(scratch, 10_000, 10, 'json')), target: '2 s, 300 MiB' },
    { ...(await rendering(scratch, 10_000, 50, 'json')), mostRounds: 3 },
    ...(await comparing(scratch, 10_000, 10)),
    ...(await applying(scratch, 1_000, 5)),
    ...(await applying(scratch, 10_000, 5, ['1.5 s', '1 s', '1 s', '1 s'])),
  ]
}

async function rendering(
  scratch: Scratch,
  services: number,
  endpoints: number,
  format: 'json' | 'yaml',
): Promise<Case> {
  const from = await writeExport(scratch, services, endpoints, format)
  const name = `render ${grouped(services)}×${endpoints}, ${format.toUpperCase()}`
  return { name, args: ['render', '--from', from, '--out', join(scratch.files, 'rendered')] }
}

/** A spec against one in which every Service has one endpoint moved. */
async function comparing(scratch: Scratch, services: number, endpoints: number): Promise<Case[]> {
  const [old, now] = await writeRollout(scratch, services, endpoints)
  const name = `diff ${grouped(services)}×${endpoints}`
  const note = (answer: string) => {
    const found = /[\d,]+ to change/.exec(answer)?.[0]
    if (found !== `${grouped(services)} to change`) throw new Error(`diff does not find every Service: ${found}`)
    return found
  }
  return [
    { name: `${name}, every Service`, args: ['diff', old, now], target: '1.5 s, 400 MiB', exits: 1, note },
    { name: `${name}, every Service, --nodes`, args: ['diff', old, now, '--nodes'], exits: 1, note },
    { name: `${name}, every Service, full text`, args: ['diff', old, now, '-o', 'unified'], exits: 1 },
    { name: `${name}, equal`, args: ['diff', old, old], target: '1.5 s, 400 MiB' },
  ]
}

/** Cases that follow each other: from nothing, again, with one endpoint changed, and with it written out of order. */
async function applying(
  scratch: Scratch,
  services: number,
  endpoints: number,
  targets: string[] = [],
): Promise<Case[]> {
  const specs: Specs = await writeSpecs(scratch, services, endpoints)
  const place = `apply-${services}`
  const state = join(scratch.files, `${place}.state`)
  const target = ['--cgroup', newCgroup(scratch, place), '--pin-dir', join(scratch.pins, place), '--state-dir', state]
  const apply = (file: string) => ['apply', '-f', file, '--node', NODE, ...target]
  const name = `apply ${grouped(services)}×${endpoints}`
  const before = () => run(scratch.balancing, ['cleanup', ...target])
  const cases: Case[] = [
    { name: `${name}, first`, args: apply(specs.spec), before, note: writes },
    { name: `${name}, unchanged`, args: apply(specs.spec), note: nothing },
    { name: `${name}, one endpoint changed`, args: apply(specs.changed), note: writes },
    { name: `rollback ${grouped(services)}×${endpoints}`, args: ['rollback', ...target], note: writes },
    { name: `${name}, changed by hand, out of order`, args: apply(specs.unordered), note: writes },
  ]
  return cases.map((c, i) => (targets[i] === undefined ? c : { ...c, target: targets[i] }))
}

function writes(answer: string): string {
  const found = /[\d,]+ map writes?/.exec(answer)
  if (!found) throw new Error(`apply does not say that it wrote: ${answer}`)
  return found[0]
}

function nothing(answer: string): string {
  if (!answer.startsWith('no changes')) throw new Error(`apply did something: ${answer}`)
  return 'nothing'
}
