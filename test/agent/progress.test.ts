// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest'
import { Progress } from '../../src/agent/progress.ts'

/** An agent at a time that the test sets, in seconds. */
function start() {
  let now = 0
  const progress = new Progress(() => now * 1000)
  const at = (seconds: number) => {
    now = seconds
    return [progress.waiting / 1000, progress.working / 1000, progress.isHealthy]
  }
  return { progress, at }
}

test('an agent that has nothing to do is healthy for ever', () => {
  const { at } = start()
  expect(at(86_400)).toEqual([0, 0, true])
})

test('a change that waits for a minute makes it unhealthy, until it is written', () => {
  const { progress, at } = start()
  at(10)
  progress.queued()
  at(40)
  progress.queued()
  expect(at(69)).toEqual([59, 0, true])
  expect(at(70)).toEqual([60, 0, false])
  progress.taken()
  expect(at(71)).toEqual([61, 0, false])
  progress.settled()
  expect(at(72)).toEqual([0, 0, true])
})

test('a change that comes while another is written waits from then on', () => {
  const { progress, at } = start()
  progress.queued()
  progress.taken()
  at(20)
  progress.queued()
  progress.settled()
  expect(at(50)).toEqual([30, 0, true])
})

test('what failed to be written has waited since it came, and not since it was tried again', () => {
  const { progress, at } = start()
  progress.queued()
  progress.taken()
  at(30)
  progress.queued()
  progress.taken()
  expect(at(60)).toEqual([60, 0, false])
})

test('work that does not end makes it unhealthy; work that ends does not, however often it is done', () => {
  const { progress, at } = start()
  for (let second = 0; second < 600; second += 30) {
    at(second)
    const ended = progress.began()
    at(second + 29)
    ended()
  }
  expect(at(600)).toEqual([0, 0, true])
  const ended = progress.began()
  progress.began()()
  expect(at(660)).toEqual([0, 60, false])
  ended()
  expect(at(661)).toEqual([0, 0, true])
})
