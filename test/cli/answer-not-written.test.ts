// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from 'node:child_process'
import { mkdtempSync, openSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { EXIT } from '../../src/base/exit.ts'
import { makeProgram } from '../../src/cli/program.ts'
import { readCliStories } from './story.ts'

const BINARY = new URL('../../bin/balancing', import.meta.url).pathname

/** Command lines whose stdout fails, and how they end. What was written to a file by then is done. */
const LINES: [string, number][] = [
  ['render --from shop.yaml', EXIT.invalidInput],
  ['render --from shop.yaml --out spec.yaml', EXIT.ok],
  ['fmt spec.yaml', EXIT.invalidInput],
  ['fmt --check spec.yaml -o json', EXIT.invalidInput],
  ['fmt --write spec.yaml -o json', EXIT.answerNotWritten],
  ['validate spec.yaml', EXIT.invalidInput],
  ['compile spec.yaml --node node-a1', EXIT.invalidInput],
  ['diff spec.yaml spec.yaml', EXIT.invalidInput],
  ['explain shop/cart spec.yaml --node node-a1', EXIT.invalidInput],
  ['history --state-dir nothing', EXIT.invalidInput],
  ['split spec.yaml --out spec', EXIT.answerNotWritten],
  ['index spec', EXIT.answerNotWritten],
  ['index spec --check', EXIT.invalidInput],
  ['schema', EXIT.invalidInput],
  ['version', EXIT.invalidInput],
  ['completion bash', EXIT.invalidInput],
  ['doctor', EXIT.invalidInput],
]

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'balancing-full-'))
  symlinkSync(new URL('../../examples/shop.yaml', import.meta.url).pathname, join(folder, 'shop.yaml'))
})
afterAll(() => rmSync(folder, { recursive: true }))

test.each(LINES)('%s > /dev/full: exit %i', (line, wanted) => {
  const full = openSync('/dev/full', 'w')
  const { status, stderr } = spawnSync(BINARY, line.split(' '), {
    cwd: folder,
    stdio: ['ignore', full, 'pipe'],
    encoding: 'utf8',
  })
  expect([status, stderr]).toEqual([
    wanted,
    wanted === 0 ? expect.any(String) : expect.stringContaining('no space is left'),
  ])
})

test('every command is here, or in the story on a node', () => {
  const story = readCliStories('test/cli/node').find(({ path }) => path.endsWith('answer-not-written.txt'))!
  const lines = [...LINES.map(([line]) => `balancing ${line} >`), ...story.steps.map(({ command }) => command)]
  const missing = makeProgram().commands.filter(c => !lines.some(line => line.includes(`balancing ${c.name()} `)))
  expect(missing.map(c => c.name())).toEqual(['__complete'])
})
