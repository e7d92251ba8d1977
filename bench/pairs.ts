// SPDX-License-Identifier: Apache-2.0
import type { Bench } from './bench.ts'
import { type Figure, grouped, medianOf, printFigure, printTable } from './figures.ts'
import { flowRow, nameOfFlow, SIZES } from './flows.ts'
import { backends, hits, type Size } from './many-services.ts'
import { makePath, type Path } from './path.ts'
import { CALLS, measureRows, type Times } from './rows.ts'
import { newCgroup } from './scratch.ts'
import { setupOf } from './setup.ts'

/** What we add to a new flow, closely enough to see a hundredth of it. */
export async function pairs(bench: Bench): Promise<string> {
  const sizes = SIZES.filter(size => bench.only.test(nameOfFlow(size)))
  const path = await makePath(bench.scratch, 'pairs')
  const others = ['again', 'look', ...bench.variants.map(({ name }) => name)]
  const table: string[][] = []
  for (const [contest, size] of sizes.entries()) {
    const times = await measurePairs(bench, contest, size, path)
    const ratios = others.map(name => printFigure(ratio(times, name), 3))
    table.push([nameOfFlow(size), printFigure(microseconds(times.get('none')!), 2), ...ratios])
  }
  return `## New flows, in pairs\n
The same flows without a dataplane, with \`look\` and with ours. "again" is another cgroup with nothing attached: how far it is
from 1 is what the measurement cannot resolve. ${bench.rounds} interleaved rounds, each one batch of ${grouped(CALLS)} flows a dataplane, the order rotated;
µs of "none", then the ratio to it within each round: medians, and the interval that holds each with 95 % probability.\n
${printTable(['flow', 'none', ...others.map(name => `${name} × none`)], table)}`
}

async function measurePairs(bench: Bench, contest: number, size: Size, path: Path): Promise<Map<string, Times>> {
  const setup = await setupOf(bench, size)
  const bare = (name: string) => newCgroup(bench.scratch, `pairs-${contest}-${name}`)
  const rows = [
    { dataplane: 'none', cgroup: bare('none'), addresses: backends(size) },
    { dataplane: 'again', cgroup: bare('again'), addresses: backends(size) },
    ...['look', ...bench.variants.map(({ name }) => name)].map(dataplane => ({
      dataplane,
      cgroup: setup.get(dataplane)!.cgroup,
      addresses: hits(size),
    })),
  ].map(row => flowRow(bench.scratch, { ...row, contest: 0, path, protocol: size.protocol }))
  const [times] = await measureRows(rows, bench.rounds, { mode: 'pairs', batches: 1 })
  return times!
}

function microseconds({ whole }: Times): Figure {
  return medianOf(whole.map(ns => ns / 1000))
}

function ratio(times: Map<string, Times>, name: string): Figure {
  const none = times.get('none')!.whole
  return medianOf(times.get(name)!.whole.map((ns, round) => ns / none[round]!))
}
