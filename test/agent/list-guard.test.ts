// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest'
import { ListGuard } from '../../src/agent/list-guard.ts'

/** A guard, what it did, and its clock. */
function guarded() {
  const done: string[] = []
  const timers: (() => void)[] = []
  const guard = new ListGuard({
    log: level => done.push(level),
    stale: note => expect(note).toMatch(/^the API server lists less than half of the .*: they are kept for 60 s$/),
    after: (milliseconds, action) => {
      done.push(`after ${milliseconds}`)
      timers.push(action)
    },
    relist: kind => done.push(`relist ${kind}`),
    wake: () => done.push('wake'),
  })
  return { guard, done, later: () => timers.shift()!() }
}

test('a list that lacks more than half is kept out for a minute, asked for again, and then counts', () => {
  const { guard, done, later } = guarded()
  expect(guard.missing('services', 10, 6)).toBe('keep')
  expect(done).toEqual(['warning', 'after 60000'])
  later()
  expect(done.at(-1)).toBe('relist services')
  expect(guard.missing('services', 10, 6)).toBe('remove')
  expect(guard.missing('services', 10, 6)).toBe('keep')
})

test('a list that lacks half, or fewer than three, counts at once; one that is whole again ends the doubt', () => {
  const { guard } = guarded()
  expect(guard.missing('nodes', 10, 5)).toBe('remove')
  expect(guard.missing('nodes', 2, 2)).toBe('remove')
  expect(guard.missing('nodes', 3, 3)).toBe('keep')
  guard.whole('nodes')
  expect(guard.missing('nodes', 3, 3)).toBe('keep')
})

test('the first lists wait for a minute when less than half of what serves would have a backend', () => {
  const { guard, done, later } = guarded()
  expect([guard.mayBegin(100, 40), guard.mayBegin(100, 40)]).toEqual([false, false])
  later()
  expect([guard.mayBegin(100, 40), done.at(-1)]).toEqual([true, 'wake'])
  expect(guarded().guard.mayBegin(undefined, 0)).toBe(true)
  expect(guarded().guard.mayBegin(100, 50)).toBe(true)
})
