// SPDX-License-Identifier: Apache-2.0
/** What several measurements of one thing say: the median, and the lowest and highest beside it. */
export interface Figure {
  median: number
  low: number
  high: number
}

/** Of at least one value. */
export function figureOf(values: readonly number[]): Figure {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const median = sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
  return { median, low: sorted[0]!, high: sorted.at(-1)! }
}

/**
 * The median, and the interval that holds it with 95 % probability, by the ranks of the binomial distribution. For many
 * values: their range says how bad the worst was, not how well the middle is known.
 */
export function medianOf(values: readonly number[]): Figure {
  const sorted = values.toSorted((a, b) => a - b)
  const reach = 0.98 * Math.sqrt(sorted.length)
  const at = (rank: number) => sorted[Math.min(sorted.length - 1, Math.max(0, Math.round(rank)))]!
  const middle = (sorted.length - 1) / 2
  return { median: figureOf(sorted).median, low: at(middle - reach), high: at(middle + reach) }
}

/** `1.23 [1.10–1.42]` */
export function printFigure({ median, low, high }: Figure, digits: number): string {
  return `${median.toFixed(digits)} [${low.toFixed(digits)}–${high.toFixed(digits)}]`
}

/** A markdown table, padded so that it can also be read as text. The first column is words, the others are figures. */
export function printTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((_, i) => Math.max(3, ...[head, ...rows].map(row => row[i]!.length)))
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join(' | ')} |`
  const rule = `|${widths.map((width, i) => (i === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`
  return `${[line(head), rule, ...rows.map(line)].join('\n')}\n`
}

/** `10,000` */
export function grouped(n: number): string {
  return n.toLocaleString('en')
}
