// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { printOlder } from '../../src/cli/output/outcome-text.ts'
import { History } from '../../src/node/history/history.ts'
import { membershipAge, membershipsWith } from '../../src/node/history/memberships.ts'
import { keep } from '../../src/node/history/record.ts'
import type { Spec } from '../../src/spec/spec.ts'
import { service, specWith } from '../kernel/specs.ts'

const FACTS = { node: 'n1', by: 'apply', build: '1.2.3', programs: 'a'.repeat(64), cluster: [] }

let history: History
beforeEach(() => {
  history = new History(join(mkdtempSync(join(tmpdir(), 'balancing-history-')), 'state'))
})
afterEach(() => rmSync(join(history.directory, '..'), { recursive: true }))

const apply = (spec: Spec) => keep(history, spec, FACTS, false, event => expect.unreachable(event.kind)).commit()
const ageOf = (spec: Spec) => membershipAge(history.entries().at(-1)?.memberships ?? [], spec)
const withPods = (...pods: string[]) => specWith(service(1, ...pods))
/** The same endpoints under another exposure. */
const other = (spec: Spec): Spec => ({ ...spec, services: spec.services.map(s => ({ ...s, affinitySeconds: 60 })) })
const timesOf = () =>
  history
    .entries()
    .at(-1)!
    .memberships!.map(({ since }) => since)

test('endpoints are applied since they first were, whatever the exposure and however often', () => {
  expect(ageOf(withPods('p12'))).toEqual({ state: 'new' })
  for (const spec of [withPods('p12'), withPods('p12'), other(withPods('p12'))]) apply(spec)
  const [since, ...later] = timesOf()
  expect(later).toEqual([])
  expect(ageOf(withPods('p12'))).toEqual({ state: 'applied', since })
})

test('endpoints that others replaced are older, since then, until they are applied again', () => {
  for (const pods of [['p12'], ['p13'], ['p14']]) apply(withPods(...pods))
  const [, second, third] = timesOf()
  expect(ageOf(withPods('p12'))).toEqual({ state: 'older', replaced: second })
  expect(ageOf(other(withPods('p13')))).toEqual({ state: 'older', replaced: third })
  expect(ageOf(withPods('p11'))).toEqual({ state: 'new' })
  apply(withPods('p12'))
  expect(ageOf(withPods('p12'))).toEqual({ state: 'applied', since: timesOf().at(-1) })
  expect(ageOf(withPods('p14'))).toEqual({ state: 'older', replaced: timesOf().at(-1) })
})

test('only older endpoints have a line, and not those of a rollback, which are those of today', () => {
  expect(printOlder({ membership: { state: 'new' }, by: 'apply' })).toBe('')
  expect(printOlder({ membership: { state: 'applied', since: 'T' }, by: 'apply' })).toBe('')
  const older = { state: 'older', replaced: 'T' } as const
  expect(printOlder({ membership: older, by: 'apply' })).toMatch(
    /^older endpoints: others replaced them here at T; .*\n$/,
  )
  expect(printOlder({ membership: older, by: 'rollback' })).toBe('')
})

test('an entry of 0.1.0, which has none, and one that is damaged', () => {
  apply(withPods('p12'))
  const path = join(history.directory, '000001.json')
  const entry = JSON.parse(readFileSync(path, 'utf8'))
  writeFileSync(path, JSON.stringify({ ...entry, memberships: undefined }))
  expect(ageOf(withPods('p12'))).toEqual({ state: 'new' })
  writeFileSync(path, JSON.stringify({ ...entry, memberships: [{ hash: 'x' }] }))
  expect(() => history.entries()).toThrow(/damaged/)
})

test('the list is bounded', () => {
  let list: ReturnType<typeof membershipsWith> = []
  for (let i = 0; i < 600; i++) list = membershipsWith(list, withPods(...(i % 2 === 0 ? ['p12'] : ['p13'])), `T${i}`)
  expect(list).toHaveLength(256)
  expect(list.at(-1)!.since).toBe('T599')
})
