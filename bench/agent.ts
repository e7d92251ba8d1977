// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { bootTimes } from './agent-boot.ts'
import { ENDPOINTS, SERVICES, sliceBytes } from './agent-objects.ts'
import { type Lane, type Subject, startSubject } from './agent-subject.ts'
import type { Bench } from './bench.ts'
import { figureOf, grouped, printFigure, printTable } from './figures.ts'

const LANES = ['resident', 'spawned'] as const
const CHANGES_A_SECOND = 1000
const SECONDS = 60
const IDLE_MS = 30_000
const MB = 2 ** 20

/** What a process that holds a whole cluster takes: for a change, for a stream of them, for doing nothing, and to start. */
export async function agent(bench: Bench): Promise<string> {
  const boots = await bootTimes(bench)
  await using subject = await startSubject(bench.scratch)
  const fill = process.memoryUsage().rss
  const idle = await idleShare()
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  const flips = await measureFlips(subject, bench.rounds)
  delay.disable()
  const stream = await measureStream(subject)
  const turn = `${((delay.percentile(99.9) - 1e6) / 1e6).toFixed(1)} ms`
  const rows = [
    ...LANES.map(lane => [`one endpoint flips, ${lane}: median; 99th percentile`, printTimes(flips[lane]), '2; 20 ms']),
    [
      `${grouped(CHANGES_A_SECOND)} changes a second for ${SECONDS} s: median; 99th percentile`,
      printTimes(stream.times),
      '',
    ],
    ['the same: changes not written at the end', `${stream.left}`, '0'],
    ['the same: memory before; after', `${mebibytes(fill)}; ${mebibytes(stream.rss)} MiB`, '300; 200 MiB'],
    ['longest turn of the event loop while endpoints flip, 99.9th percentile', turn, '5 ms'],
    ['the first apply, from the first byte of the lists', `${(subject.first / 1000).toFixed(1)} s`, '8 s'],
    ['reboot with a checkpoint, no API server: first connect served', `${printFigure(figureOf(boots), 2)} s`, '1.5 s'],
    ['idle: share of a processor, children included', `${(100 * idle).toFixed(2)} %`, '0.5 %'],
  ]
  return `## Agent\n
${grouped(SERVICES)} Services × ${ENDPOINTS} endpoints. A change is timed from the bytes of a watch event to the answer that the kernel has it; the lanes take
turns, ${bench.rounds} rounds in all. resident: one bpftool stays. spawned: one for each write. The API server, and the way to it, have no part in this.\n
${printTable(['', 'an agent', 'asked'], rows)}`
}

async function measureFlips(subject: Subject, rounds: number): Promise<Record<Lane, number[]>> {
  const times: Record<Lane, number[]> = { resident: [], spawned: [] }
  for (let round = 0; round < rounds; round++) {
    const i = ((round >> 1) * 7919) % SERVICES
    const bytes = sliceBytes(i, round % 2 === 1)
    subject.lane = LANES[(round >> 1) % 2]!
    const written = subject.written()
    const began = performance.now()
    subject.put('endpointslices', `many/s${i}-1`, bytes)
    await written
    times[subject.lane].push(performance.now() - began)
    await sleep(2)
  }
  subject.lane = 'resident'
  return times
}

/** What is put while a write is under way is in a later one. */
async function measureStream(subject: Subject): Promise<{ times: number[]; left: number; rss: number }> {
  const put: number[] = []
  const times: number[] = []
  let taken = 0
  subject.onWrite = {
    began: () => {
      taken = put.length
    },
    ended: () => {
      const now = performance.now()
      while (times.length < taken) times.push(now - put[times.length]!)
    },
  }
  const began = performance.now()
  while (performance.now() - began < SECONDS * 1000) {
    const due = ((performance.now() - began) * CHANGES_A_SECOND) / 1000
    while (put.length < due) {
      const i = (put.length * 7919) % SERVICES
      const isReady = Math.floor(put.length / SERVICES) % 2 === 1
      put.push(performance.now())
      subject.put('endpointslices', `many/s${i}-1`, sliceBytes(i, isReady))
    }
    await sleep(1)
  }
  await sleep(1000)
  return { times, left: put.length - times.length, rss: process.memoryUsage().rss }
}

async function idleShare(): Promise<number> {
  const before = processorSeconds()
  await sleep(IDLE_MS)
  return (processorSeconds() - before) / (IDLE_MS / 1000)
}

/** Of this process and the children that ended, by proc(5): fields 14 to 17, in hundredths. */
function processorSeconds(): number {
  const fields = readFileSync('/proc/self/stat', 'utf8')
    .replace(/^.*\) /, '')
    .split(' ')
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / 100
}

function printTimes(times: readonly number[]): string {
  const sorted = times.toSorted((a, b) => a - b)
  return `${figureOf(times).median.toFixed(2)}; ${sorted[Math.ceil(sorted.length * 0.99) - 1]!.toFixed(2)} ms`
}

function mebibytes(bytes: number): number {
  return Math.round(bytes / MB)
}
