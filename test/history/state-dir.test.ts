// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest'
import { historyOf } from '../../src/cli/flag/target.ts'

const directoryOf = (pinDir: string, stateDir?: string) => {
  return historyOf({ pinDir, ...(stateDir === undefined ? {} : { stateDir }) }).directory
}

test('each pin directory has a history of its own, unless it is given one', () => {
  expect(directoryOf('/sys/fs/bpf/balancing')).toBe('/var/lib/balancing')
  expect(directoryOf('/sys/fs/bpf/balancing/')).toBe('/var/lib/balancing')
  expect(directoryOf('/sys/fs/bpf/lab', '/srv/specs')).toBe('/srv/specs')
  expect(directoryOf('/sys/fs/bpf/lab')).toBe('/var/lib/balancing@sys-fs-bpf-lab')
})

test('no two share one by default', () => {
  const places = ['/b/a/c', '/b/a-c', '/b-a/c', '/b/a%2Dc', '/b/a%c', '/b/a', '/b/ä']
  expect(new Set(places.map(place => directoryOf(place))).size).toBe(places.length)
})
