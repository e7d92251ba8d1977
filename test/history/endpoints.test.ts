// SPDX-License-Identifier: Apache-2.0
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { History } from '../../src/node/history/history.ts'
import { keep } from '../../src/node/history/record.ts'
import { canonicalTextOf } from '../../src/spec/canonical/text.ts'
import { revisionOf } from '../../src/spec/revision.ts'
import type { Spec } from '../../src/spec/spec.ts'
import { service, specWith } from '../kernel/specs.ts'

const FACTS = { node: 'n1', by: 'apply', build: '1.2.3', programs: 'a'.repeat(64), cluster: [] }

let history: History
beforeEach(() => {
  history = new History(join(mkdtempSync(join(tmpdir(), 'balancing-history-')), 'state'))
})
afterEach(() => rmSync(join(history.directory, '..'), { recursive: true }))

const apply = (spec: Spec, facts: Partial<typeof FACTS> = {}) =>
  keep(history, spec, { ...FACTS, ...facts }, false, event => expect.unreachable(event.kind)).commit()
const revisions = () => history.entries().map(entry => entry.revision)
/** Two exposures, with any endpoints. */
const small = (...pods: string[]) => specWith(service(1, ...pods))
const big = (...pods: string[]) => specWith(service(1, ...pods), service(2))

test('endpoints that come and go make no entry and push no revision out', () => {
  apply(small('p12'))
  apply(big('p12'))
  for (let i = 0; i < 15; i++) apply(big(...(i % 2 === 0 ? ['p13'] : ['p13', 'p14'])))
  expect(revisions()).toEqual([small(), big()].map(revisionOf))
})

test('the newest entry keeps its time and its author, and has the endpoints applied last', () => {
  apply(small('p12'), { by: 'rollback' })
  const first = history.entries()[0]!
  apply(small('p13'))
  const [entry, ...others] = history.entries()
  expect(others).toEqual([])
  expect(entry).toMatchObject({ time: first.time, by: 'rollback', revision: first.revision })
  expect(history.specText(entry!)).toBe(canonicalTextOf(small('p13')))
})

test('an older entry keeps the endpoints that it had last', () => {
  apply(small('p12'))
  apply(small('p13'))
  apply(big('p14'))
  apply(big('p11'))
  expect(history.entries().map(entry => history.specText(entry))).toEqual(
    [small('p13'), big('p11')].map(canonicalTextOf),
  )
})

test('another node, other programs and an exposure that comes back make an entry', () => {
  apply(small('p12'))
  apply(small('p12'), { node: 'n2' })
  apply(small('p12'), { node: 'n2', programs: 'b'.repeat(64) })
  apply(big('p12'))
  apply(small('p12'))
  expect(revisions()).toEqual([small(), small(), small(), big(), small()].map(revisionOf))
})

test('a crash before the removal of the entry that another repeats leaves both, and one is shown', () => {
  apply(small('p12'))
  cpSync(history.directory, `${history.directory}-before`, { recursive: true })
  apply(small('p13'))
  cpSync(`${history.directory}-before`, history.directory, { recursive: true })
  expect(history.entries().map(entry => entry.sequence)).toEqual([2])
  apply(big('p13'))
  expect(history.entries().map(entry => entry.sequence)).toEqual([2, 3])
})

test('an apply that fails leaves the endpoints as they were', () => {
  apply(small('p12'))
  const kept = keep(history, small('p13'), FACTS, false, event => expect.unreachable(event.kind))
  expect(history.hasUnfinished()).toBe(true)
  kept.discard()
  expect(history.hasUnfinished()).toBe(false)
  expect(history.specText(history.entries()[0]!)).toBe(canonicalTextOf(small('p12')))
})

test('an apply that changes nothing leaves on record that the one before it broke off', () => {
  apply(small('p12'))
  keep(history, big('p12'), FACTS, false, event => expect.unreachable(event.kind))
  const refused = keep(history, big('p12', 'p13'), FACTS, false, event => expect.unreachable(event.kind))
  refused.discard()
  expect(history.hasUnfinished()).toBe(true)
  apply(big('p12'))
  expect(history.hasUnfinished()).toBe(false)
})
