// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { regionsBetween } from '../../src/report/review/print/line-regions.ts'
import { runs } from '../runs.ts'

/** The length of the longest common subsequence, by the book. */
function common(a: readonly string[], b: readonly string[]): number {
  const best = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0))
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      best[i]![j] = a[i] === b[j] ? best[i + 1]![j + 1]! + 1 : Math.max(best[i + 1]![j]!, best[i]![j + 1]!)
  return best[0]![0]!
}

const lines = fc.oneof(
  fc.shuffledSubarray(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i']),
  fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 9 }),
)

test('as few lines as possible are told', () => {
  fc.assert(
    fc.property(lines, lines, (a, b) => {
      const told = regionsBetween(a, b).reduce((n, r) => n + r.oldEnd - r.oldStart + r.newEnd - r.newStart, 0)
      expect(told).toBe(a.length + b.length - 2 * common(a, b))
    }),
    { numRuns: runs(500) },
  )
})

test('many common lines in another order are one region', () => {
  const many = Array.from({ length: 3000 }, (_, i) => `${i}`)
  const [oldEnd, newEnd] = [many.length, many.length]
  expect(regionsBetween(many, [...many].reverse())).toEqual([{ oldStart: 0, oldEnd, newStart: 0, newEnd }])
})
