import type { Result } from './contest.ts'
import { figureOf, printFigure, printTable } from './figures.ts'
import type { Variant } from './variant.ts'

export function printNs(values: readonly number[]): string {
  return printFigure(figureOf(values), 0)
}

/** Of `a` to `b` within each round. */
export function printRatio(a: readonly number[], b: readonly number[]): string {
  return printFigure(figureOf(a.map((value, round) => value / b[round]!)), 2)
}

/**
 * Time of the programs of `one`, `look` and ours, ours as a ratio to `look`, and how many of ours ran. `floor`, when it is
 * given, finds times for a second ratio.
 */
export function programTable(
  results: readonly Result[],
  variants: readonly Variant[],
  floor?: { name: string; of: (result: Result) => readonly number[] | undefined },
): string {
  const rows = results.map(result => {
    const programsOf = (dataplane: string) => result.times.get(dataplane)!.programs
    const look = programsOf('look')
    const other = floor?.of(result)
    const ours = variants.flatMap(({ name }) => [
      printNs(programsOf(name)),
      printRatio(programsOf(name), look),
      ...(floor ? [other ? printRatio(programsOf(name), other) : ''] : []),
      figureOf(result.times.get(name)!.runs).median.toFixed(1),
    ])
    return [result.name, printNs(programsOf('one')), printNs(look), ...ours]
  })
  const heads = variants.flatMap(({ name }) => [name, '× look', ...(floor ? [floor.name] : []), 'runs'])
  return printTable(['call', 'one', 'look', ...heads], rows)
}
