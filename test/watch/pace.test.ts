// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { pauseAfter, retryAfterOf } from '../../src/apiserver/watch/backoff.ts'
import { fullBudget, spend } from '../../src/apiserver/watch/budget.ts'

test('pauses are spread from 250 ms to a bound that doubles from 500 ms to 30 s', () => {
  const bounds = [1, 2, 3, 7, 8, 1000].map(failures => pauseAfter(failures, 0, 1))
  expect(bounds).toEqual([500, 1000, 2000, 30_000, 30_000, 30_000])
  for (const failures of [1, 5, 1000]) expect(pauseAfter(failures, 0, 0)).toBe(250)
})

test('a pause is never shorter than the server asks for, up to two minutes', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 50 }),
      fc.nat(120_000),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (n, after, r) => {
        const pause = pauseAfter(n, after, r)
        expect(pause).toBeGreaterThanOrEqual(after + 250)
        expect(pause).toBeLessThanOrEqual(after + 30_000)
      },
    ),
  )
  expect(pauseAfter(1, 3_600_000, 0)).toBe(120_250)
})

test('Retry-After is seconds; a date or nonsense is not used', () => {
  const headers = ['3', '0', undefined, 'Wed, 21 Oct 2026 07:28:00 GMT', '-1', '99999999']
  expect(headers.map(retryAfterOf)).toEqual([3000, 0, 0, 0, 0, 0])
})

test('whenever requests are wanted, any window has at most its seconds and ten', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(3000), { maxLength: 200 }), gaps => {
      let now = 0
      let budget = fullBudget(now)
      const sent = gaps.map(gap => {
        now += gap
        const spent = spend(budget, now)
        budget = spent.budget
        return now + spent.wait
      })
      for (const [i, from] of sent.entries()) {
        for (const [n, to] of sent.slice(i).entries()) expect(n + 1).toBeLessThanOrEqual((to - from) / 1000 + 10 + 1e-6)
      }
    }),
  )
})

test('ten requests at once go at once, the next ones a second apart', () => {
  let budget = fullBudget(5)
  const waits = Array.from({ length: 12 }, () => {
    const spent = spend(budget, 5)
    budget = spent.budget
    return spent.wait
  })
  expect(waits).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1000, 2000])
})
