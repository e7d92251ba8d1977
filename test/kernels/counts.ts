// SPDX-License-Identifier: Apache-2.0
/** How many instructions the verifier processed, by program. */
export type Counts = Map<string, number>

/** Reads what verify.c prints of the programs that load. */
export function countsIn(lines: readonly string[]): Counts {
  const loaded = lines.map(line => /^program (\S+) +loads, (\d+) instructions processed$/.exec(line))
  return new Map(loaded.flatMap(match => (match ? [[match[1]!, Number(match[2])]] : [])))
}

/** A row a program, a column a kernel by its release (`uname -r`), oldest first, as ARCHITECTURE.md has it. */
export function printCounts(byKernel: ReadonlyMap<string, Counts>): string {
  const kernels = [...byKernel].sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }))
  const programs = [...new Set(kernels.flatMap(([, counts]) => [...counts.keys()]))].sort()
  const rows = [
    ['program', ...kernels.map(([release]) => /^[\d.]+(-\d+)?/.exec(release)![0])],
    ['---', ...kernels.map(() => '---:')],
    ...programs.map(name => [name, ...kernels.map(([, counts]) => String(counts.get(name) ?? '-'))]),
  ]
  return rows.map(cells => `| ${cells.join(' | ')} |\n`).join('')
}
