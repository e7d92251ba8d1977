// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest'
import { judge, type Reign } from './judge.ts'
import type { CallRecord } from './load.ts'

/** Three specs, each with one result: put in place during 0…10, 20…30 and 40…50. */
const REIGNS = [
  [0, 30, 1],
  [20, 50, 2],
  [40, Number.POSITIVE_INFINITY, 3],
].map(
  ([from, to, only]): Reign => ({ from: from!, to: to!, what: `spec ${only}`, allows: (_, result) => result === only }),
)

const call = (from: number, to: number, result: number): CallRecord => ({ from, to, row: 0, result })
const explained = (from: number, to: number) =>
  [1, 2, 3, 4].filter(result => judge([call(from, to, result)], REIGNS).wrong.length === 0)

test.each([
  ['between transitions', 12, 18, [1]],
  ['while the next is put in place', 22, 28, [1, 2]],
  ['from before that', 12, 22, [1, 2]],
  ['into the time after it', 28, 35, [1, 2]],
  ['over all of it', 12, 35, [1, 2]],
  ['over two transitions', 12, 42, [1, 2, 3]],
  ['after the last', 60, 70, [3]],
  ['as a transition begins', 12, 20, [1, 2]],
  ['as it ends', 30, 32, [1, 2]],
  ['just after it', 31, 39, [2]],
] as const)('a call %s is explained by the specs of its time', (_, from, to, results) => {
  expect(explained(from, to)).toEqual(results)
})

test('says what was under way when a call was wrong, and which transitions met calls', () => {
  const wrong = call(22, 28, 3)
  const judgement = judge([wrong, call(12, 18, 1), call(12, 35, 2), call(45, 46, 3)], REIGNS)
  expect(judgement).toEqual({ calls: 4, during: [0, 2, 1], wrong: [{ record: wrong, met: ['spec 1', 'spec 2'] }] })
})
