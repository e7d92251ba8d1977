// SPDX-License-Identifier: Apache-2.0
/** Plain code-unit order: the same on every machine and locale. */
export function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** A sorted copy without repeats. */
export function sortedUnique(texts: Iterable<string>, order: (a: string, b: string) => number = byText): string[] {
  return [...new Set(texts)].sort(order)
}
