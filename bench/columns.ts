import type { Contest, Times } from './contest.ts'
import { figureOf, printFigure, printTable } from './figures.ts'
import type { Variant } from './variant.ts'

export function printNs(values: readonly number[]): string {
  return printFigure(figureOf(values), 0)
}

/** Of `a` to `b` within each round. */
export function printRatio(a: readonly number[], b: readonly number[]): string {
  return printFigure(figureOf(a.map((value, round) => value / b[round]!)), 2)
}

/** A row for each contest: time of the programs of `one`, `look` and ours, and ours as a ratio to `look`. */
export function programTable(
  contests: readonly Contest[],
  results: readonly Map<string, Times>[],
  variants: readonly Variant[],
): string {
  const rows = contests.map(({ name }, i) => {
    const of = (dataplane: string) => results[i]!.get(dataplane)!
    const ours = variants.flatMap(variant => {
      const { programs, runs } = of(variant.name)
      return [printNs(programs), printRatio(programs, of('look').programs), figureOf(runs).median.toFixed(1)]
    })
    return [name, printNs(of('one').programs), printNs(of('look').programs), ...ours]
  })
  const heads = variants.flatMap(({ name }) => [name, '× look', 'programs'])
  return printTable(['call', 'one', 'look', ...heads], rows)
}
