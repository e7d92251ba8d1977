// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest'
import { Looks } from '../../src/agent/looks.ts'

/** Looks with a clock of their own: `pass` lets the time come that is waited for. */
function clocked() {
  const waits: number[] = []
  let due = () => {}
  let finish = () => {}
  let looks = 0
  const look = () => {
    looks++
    return new Promise<void>(resolve => (finish = resolve))
  }
  const subject = new Looks(look, 10_000, (time, action) => {
    waits.push(time)
    due = action
    return () => {
      due = () => {}
    }
  })
  return { subject, waits, looks: () => looks, pass: () => due(), finish: async () => finish() }
}

test('one looks every so often, and soon after a change, however many there are', async () => {
  const { subject, waits, looks, pass, finish } = clocked()
  subject.begin()
  expect(waits).toEqual([10_000])
  pass()
  await finish()
  await Promise.resolve()
  expect([looks(), waits]).toEqual([1, [10_000, 10_000]])
  for (let i = 0; i < 3; i++) subject.soon()
  expect(waits.slice(2)).toEqual([100])
})

test('a change during a look is looked at after it; there is one look at a time', async () => {
  const { subject, waits, looks, pass, finish } = clocked()
  subject.begin()
  pass()
  subject.soon()
  expect([looks(), waits]).toEqual([1, [10_000]])
  await finish()
  await Promise.resolve()
  expect(waits).toEqual([10_000, 100])
  pass()
  expect(looks()).toBe(2)
})
