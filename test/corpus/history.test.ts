// SPDX-License-Identifier: Apache-2.0
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Entry } from '../../src/node/history/entry.ts'
import { History } from '../../src/node/history/history.ts'
import { keep } from '../../src/node/history/record.ts'
import { entryNamed } from '../../src/node/history/runs.ts'
import { type Saved, savedReader } from '../../src/node/history/saved.ts'
import { parseSpec } from '../../src/spec/parse.ts'
import { revisionOf } from '../../src/spec/revision.ts'
import type { Spec } from '../../src/spec/spec.ts'

/**
 * What 0.1.0 wrote on a node: apply of the rendered examples/shop.yaml; apply of the same without one endpoint; apply of
 * examples/shop-rollout.yaml; rollback to the second.
 */
const KEPT = 'test/corpus/0.1.0/history'

let history: History
beforeEach(() => {
  const directory = mkdtempSync(join(tmpdir(), 'balancing-history-'))
  cpSync(KEPT, directory, { recursive: true })
  history = new History(directory)
})
afterEach(() => rmSync(history.directory, { recursive: true }))

const specOf = (entry: Entry): Spec => parseSpec(history.specText(entry), history.specPath(entry)).value!
const [SHOP, ROLLOUT] = [/^5fecb8d07dae/, /^81a51d62370c/]

test('a history of 0.1.0 is one of exposures: entries that differ in endpoints only are one, with the time of the first', () => {
  const entries = history.entries()
  expect(entries.map(({ sequence, by, build, node, cluster }) => [sequence, by, build, node, cluster])).toEqual([
    [2, 'apply', '0.1.0', 'node-a1', ['10.96.0.1']],
    [3, 'apply', '0.1.0', 'node-a1', ['10.96.0.1']],
    [4, 'rollback', '0.1.0', 'node-a1', ['10.96.0.1']],
  ])
  expect(entries.map(entry => entry.revision)).toEqual(
    [SHOP, ROLLOUT, SHOP].map(revision => expect.stringMatching(revision)),
  )
  expect(entries[0]!.time).toBe('2026-11-28T22:55:55.956Z')
})

test('its specs are read, each has the revision of its entry, and the newest one is what was applied last', () => {
  for (const entry of history.entries()) expect(revisionOf(specOf(entry))).toBe(entry.revision)
  const saved = savedReader(history)() as Saved
  expect(saved).toMatchObject({ entry: { sequence: 4 } })
  expect(saved.compiled().viewpoint).toMatchObject({ node: { name: 'node-a1' } })
})

test('what the maps of 0.1.0 have for a revision, the hash of the whole spec, names its entry', () => {
  const entries = history.entries()
  for (const entry of entries) expect(entryNamed(entries, entry.spec)?.revision).toBe(entry.revision)
  expect(entryNamed(entries, 'f'.repeat(64))).toBeUndefined()
})

test('the first apply of this build adds an entry, and removes the one that another repeats', () => {
  const newest = history.entries().at(-1)!
  const { time, revision, spec, sequence, ...facts } = newest
  keep(history, specOf(newest), { ...facts, programs: 'b'.repeat(64) }, false, event =>
    expect.unreachable(event.kind),
  ).commit()
  const entries = history.entries()
  expect(entries.map(entry => entry.sequence)).toEqual([2, 3, 4, 5])
  expect(entries.at(-1)).toMatchObject({ revision, spec })
  expect(readdirSync(history.directory)).not.toContain('000001.json')
})
