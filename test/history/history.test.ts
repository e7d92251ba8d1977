// SPDX-License-Identifier: Apache-2.0
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Failure } from '../../src/base/failure.ts'
import { printDiagnostics } from '../../src/base/print-diagnostic.ts'
import { type Facts, History } from '../../src/node/history/history.ts'

const FACTS: Facts = {
  time: '2026-01-02T03:04:05.000Z',
  node: 'n1',
  by: 'apply',
  build: '1.2.3',
  programs: 'a'.repeat(64),
  cluster: ['10.96.0.1'],
}

const prepare = (history: History, text: string) => history.prepare(text)

let folder: string
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'balancing-history-')), 'state')
})
afterEach(() => rmSync(join(folder, '..'), { recursive: true }))

test('an entry is there once it is committed, with its spec', () => {
  const prepared = prepare(new History(folder), 'one\n')
  expect(new History(folder).entries()).toEqual([])
  const entry = prepared.commit(FACTS)
  expect(new History(folder).entries()).toEqual([entry])
  expect(new History(folder).specText(entry)).toBe('one\n')
})

test('the last ten are kept, in the order in which they came', () => {
  const history = new History(folder)
  for (let i = 1; i <= 13; i++) prepare(history, `${i}\n`).commit(FACTS)
  expect(history.entries().map(e => [e.sequence, history.specText(e)])).toEqual(
    Array.from({ length: 10 }, (_, i) => [i + 4, `${i + 4}\n`]),
  )
  expect(readdirSync(folder).length).toBe(20)
})

test('a spec that was never put in place is replaced by the next one', () => {
  const history = new History(folder)
  prepare(history, 'killed\n')
  const entry = prepare(history, 'next\n').commit(FACTS)
  expect(history.specText(entry)).toBe('next\n')
  expect(readdirSync(folder)).toEqual(['000001.json', '000001.yaml'])
})

test('without a directory there is no history, and nothing is made by looking', () => {
  expect(new History(folder).entries()).toEqual([])
  expect(() => readdirSync(folder)).toThrow()
})

test.each([
  ['cut off', (text: string) => text.slice(0, 40), /000001\.json:\d+:1: error\[damaged-history\]/],
  [
    'a wrong revision',
    (text: string) => text.replace(/"revision": "[0-9a-f]*"/, '"revision": "7"'),
    /000001\.json:3:1: .*"revision" is "7"/,
  ],
  ['a missing node', (text: string) => text.replace(/.*"node".*\n/, ''), /"node" is undefined/],
  [
    'the number of another',
    (text: string) => text.replace('"sequence": 1', '"sequence": 2'),
    /json:2:1: .*"sequence" is 2/,
  ],
  ['no object', () => '[]\n', /"sequence" is undefined/],
])('an entry with %s is refused with its line', (_, damage, message) => {
  const history = new History(folder)
  prepare(history, 'one\n').commit(FACTS)
  const path = join(folder, '000001.json')
  writeFileSync(path, damage(readFileSync(path, 'utf8')))
  expect(complaint(() => history.entries())).toMatch(message)
})

test('what a later build writes, and this one does not know, is no damage', () => {
  const history = new History(folder)
  prepare(history, 'one\n').commit({ ...FACTS, by: 'agent' })
  const path = join(folder, '000001.json')
  writeFileSync(path, readFileSync(path, 'utf8').replace('{\n', '{\n  "reason": "a timer",\n'))
  expect(history.entries().map(entry => entry.by)).toEqual(['agent'])
})

test('a spec that was changed is refused', () => {
  const history = new History(folder)
  const entry = prepare(history, 'one\n').commit(FACTS)
  writeFileSync(join(folder, '000001.yaml'), 'two\n')
  expect(complaint(() => history.specText(entry))).toContain('it was changed')
})

test('what a crash left is passed over, and removed by the next entry', () => {
  const history = new History(folder)
  prepare(history, 'one\n').commit(FACTS)
  for (const name of ['000002.yaml', '000002.yaml.77.tmp', '000001.json.77.tmp', '000003.yaml']) {
    writeFileSync(join(folder, name), 'half')
  }
  writeFileSync(join(folder, 'notes.txt'), 'of somebody')
  expect(history.entries().map(e => e.sequence)).toEqual([1])
  prepare(history, 'two\n').commit(FACTS)
  expect(readdirSync(folder)).toEqual(['000001.json', '000001.yaml', '000002.json', '000002.yaml', 'notes.txt'])
})

test('of specs too big for ten fewer are kept, but two of any size', () => {
  const history = new History(folder)
  for (let i = 1; i <= 3; i++) {
    prepare(history, `${i}\n`).commit(FACTS)
    truncateSync(join(folder, `00000${i}.yaml`), 2 ** 30)
  }
  expect(history.entries().map(e => e.sequence)).toEqual([2, 3])
  prepare(history, 'small\n').commit(FACTS)
  expect(history.entries().map(e => e.sequence)).toEqual([3, 4])
})

test('removed, it leaves what is not its own', () => {
  const history = new History(folder)
  history.remove()
  prepare(history, 'one\n').commit(FACTS)
  prepare(history, 'killed\n')
  history.remove()
  expect(existsSync(folder)).toBe(false)
  prepare(history, 'one\n').commit(FACTS)
  writeFileSync(join(folder, 'notes.txt'), 'of somebody')
  // What an agent keeps there, and what its crash leaves.
  for (const name of ['reviewed.yaml', 'hold.json', 'hold.json.0a1b-2c.tmp']) writeFileSync(join(folder, name), '')
  history.remove()
  expect(readdirSync(folder)).toEqual(['notes.txt'])
})

test('what cannot be written is refused before anything is programmed', () => {
  mkdirSync(join(folder, '..'), { recursive: true })
  writeFileSync(folder, 'a file')
  expect(complaint(() => prepare(new History(folder), 'one\n'))).toContain('give another --state-dir')
})

function complaint(action: () => unknown): string {
  try {
    action()
  } catch (thrown) {
    return printDiagnostics((thrown as Failure).diagnostics)
  }
  return 'nothing was refused'
}
