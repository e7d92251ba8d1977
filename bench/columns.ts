// SPDX-License-Identifier: Apache-2.0
import type { Result } from './contest.ts'
import { figureOf, grouped, printFigure, printTable } from './figures.ts'
import { BATCHES, CALLS, type Times } from './rows.ts'
import type { Variant } from './variant.ts'

export function printNs(values: readonly number[]): string {
  return printFigure(figureOf(values), 0)
}

/** Of `a` to `b` within each round. */
export function printRatio(a: readonly number[], b: readonly number[]): string {
  return printFigure(figureOf(a.map((value, round) => value / b[round]!)), 2)
}

/** What the columns of programTable() are. */
export function legend(rounds: number): string {
  return `ns by the kernel's own statistics: median [range] of ${rounds} interleaved rounds, each the median of ${BATCHES} batches of
${grouped(CALLS)} calls to random addresses, once all were dialled. \`one\` returns 1 and does nothing else: that is what the statistics cost a run.
\`look\` does one hash lookup and rewrites. × look: the ratio within each round; net: the same, both without as many empty programs
as ran (runs). hit: VIPs; miss: 10,000 addresses that are none of ours. N×M is N Services with M endpoints.`
}

/** Times of calls that are a floor for a result; undefined: there are none. */
export interface Floor {
  name: string
  of: (result: Result) => Times | undefined
}

/**
 * Time of the programs of `one`, `look` and ours; ours as a ratio to `look`, and the same without what empty programs
 * take; how many of ours ran. A floor adds another ratio.
 */
export function programTable(results: readonly Result[], variants: readonly Variant[], floor?: Floor): string {
  const rows = results.map(result => {
    const [one, look] = [result.times.get('one')!, result.times.get('look')!]
    const other = floor?.of(result)
    const ours = variants.flatMap(({ name }) => {
      const times = result.times.get(name)!
      return [
        printNs(times.programs),
        printRatio(times.programs, look.programs),
        printRatio(withoutEmpty(times, one), withoutEmpty(look, one)),
        ...(floor ? [other ? printRatio(times.programs, other.programs) : ''] : []),
        figureOf(times.runs).median.toFixed(0),
      ]
    })
    return [result.name, printNs(one.programs), printNs(look.programs), ...ours]
  })
  const heads = variants.flatMap(({ name }) => [name, '× look', 'net', ...(floor ? [floor.name] : []), 'runs'])
  return printTable(['call', 'one', 'look', ...heads], rows)
}

/** What programs take less what as many empty ones take, which is next to nothing but the kernel's statistics. */
function withoutEmpty({ programs, runs }: Times, one: Times): number[] {
  return programs.map((ns, round) => ns - runs[round]! * one.programs[round]!)
}
