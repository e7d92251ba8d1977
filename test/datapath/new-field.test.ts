// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'

/** Where a field of a frontend is written, read or told: none of them may forget a new one. */
const HANDLERS = [
  'compile/frontend-entry.ts',
  'datapath/match.ts',
  'decompile/observe.ts',
  'report/change/frontend-fields.ts',
]

/** Below the repository, so that the types of packages are found. */
const COPY = join('build', `new-field-${process.pid}`)
const LAYOUT = join(COPY, 'src/datapath/layout.gen.ts')
const LAST_FIELD = "slots: { offset: 56, type: 'slots' },"

beforeAll(() => {
  mkdirSync(COPY, { recursive: true })
  for (const part of ['src', 'schema', 'package.json']) cpSync(part, join(COPY, part), { recursive: true })
  writeFileSync(join(COPY, 'tsconfig.json'), JSON.stringify({ extends: '../../tsconfig.json', include: ['src'] }))
})
afterAll(() => rmSync(COPY, { recursive: true, force: true }))

/** The files of src/ that do not compile once a frontend has one more field. */
function failingWith(field: string): string[] {
  const layout = readFileSync('src/datapath/layout.gen.ts', 'utf8')
  expect(layout).toContain(LAST_FIELD)
  writeFileSync(LAYOUT, layout.replace(LAST_FIELD, `${LAST_FIELD} ${field}`))
  const errors = errorsIn(COPY)
  return [...new Set([...errors.matchAll(/^src\/(\S+?)\(\d+,\d+\): error/gm)].map(([, file]) => file!))].sort()
}

function errorsIn(project: string): string {
  try {
    return execFileSync('../../node_modules/.bin/tsc', ['--pretty', 'false'], { cwd: project, encoding: 'utf8' })
  } catch (error) {
    return (error as { stdout: string }).stdout
  }
}

test('a new field of a frontend does not compile until every handler has it', { timeout: 60_000 }, () => {
  expect(failingWith('')).toEqual([])
  expect(failingWith("novelty: { offset: 176, type: 'u32' },")).toEqual(expect.arrayContaining(HANDLERS))
})

test('a field of a type that the codec does not know does not compile there', { timeout: 60_000 }, () => {
  expect(failingWith("novelty: { offset: 176, type: 's128' },")).toContain('datapath/codec.ts')
})
