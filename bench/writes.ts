// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import type { Bpf } from '../src/bpf/bpftool/bpf.ts'
import { Bpftool } from '../src/bpf/bpftool/bpftool.ts'
import { ResidentBpftool } from '../src/bpf/bpftool/resident-bpftool.ts'
import { maps } from '../src/datapath/layout.gen.ts'
import { hexBytes } from '../src/plan/batch.ts'
import type { Bench } from './bench.ts'
import { figureOf, printTable } from './figures.ts'

/** Writes of one flush: an endpoint that changes, a Service of many ports. */
const SIZES = [1, 20]

/** What it takes to write to a map and to know that it was written: a process a batch, or a resident one. */
export async function writes({ scratch, rounds }: Bench): Promise<string> {
  const { keySize, valueSize } = maps.frontends
  const pin = join(scratch.pins, 'writes')
  const sizes = ['key', String(keySize), 'value', String(valueSize), 'entries', '1024', 'flags', '1', 'name', 'writes']
  execFileSync('bpftool', ['map', 'create', pin, 'type', 'hash', ...sizes])
  const { id } = JSON.parse(execFileSync('bpftool', ['-j', 'map', 'show', 'pinned', pin], { encoding: 'utf8' }))
  const spawning = new Bpftool()
  const resident = new ResidentBpftool(spawning)
  const columns = [
    { name: 'a process a batch', bpf: spawning, ref: `pinned ${pin}` },
    { name: 'resident, by pin', bpf: resident, ref: `pinned ${pin}` },
    { name: 'resident, by id', bpf: resident, ref: `id ${id}` },
  ].map(column => ({ ...column, times: SIZES.map(() => [] as number[]) }))
  for (let round = 0; round < rounds; round++)
    for (const [i, size] of SIZES.entries())
      for (const { bpf, ref, times } of columns) times[i]!.push(await timeOf(bpf, batch(ref, size, round)))
  await resident.close()
  if (resident.unable !== undefined) throw new Error(resident.unable)
  const rows = SIZES.map((size, i) => [
    size === 1 ? '1 write' : `${size} writes`,
    ...columns.map(({ times }) => printTimes(times[i]!)),
  ])
  return `## Writes\n
ms from the text of a batch to the answer that the kernel has it: median (99th percentile) of ${rounds} interleaved rounds; entries as large
as frontends. The resident bpftool answers each line.\n
${printTable(['a batch of', ...columns.map(({ name }) => name)], rows)}`

  function batch(ref: string, size: number, round: number): string {
    const value = hexBytes(String.fromCharCode(round & 255).repeat(valueSize))
    const key = (i: number) => hexBytes(String.fromCharCode(i).repeat(keySize))
    return Array.from({ length: size }, (_, i) => `map update ${ref} key hex ${key(i)} value hex ${value}\n`).join('')
  }
}

async function timeOf(bpf: Bpf, lines: string): Promise<number> {
  const started = performance.now()
  const failed = await bpf.write(lines)
  const time = performance.now() - started
  if (failed) throw new Error(failed.message)
  return time
}

/** `0.14 (2.20)` */
function printTimes(times: readonly number[]): string {
  const worst = times.toSorted((a, b) => a - b)[Math.ceil(times.length * 0.99) - 1]!
  return `${figureOf(times).median.toFixed(2)} (${worst.toFixed(2)})`
}
