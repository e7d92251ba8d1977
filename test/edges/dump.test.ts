// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest'
import { BatchOutput } from '../../src/bpf/bpftool/batch-output.ts'
import { parseDump, splitAnswers } from '../../src/bpf/bpftool/dump.ts'

/** As bpftool 7.1 prints it: two maps, the second one empty. */
const entry = (n: number) => `{"key":["0x0${n}","0xff"],"value":["0x0a"]}`
const TEXT = Buffer.from(
  `[{"command":["map","dump","id","1"],"output":[${entry(1)},${entry(2)}]},{"command":["map","dump","id","2"],"output":[]}]\n`,
)
const LAST_FULL = Buffer.from(`[{"command":["map","dump","id","1"],"output":[${entry(1)},${entry(2)}]}]\n`)

test('a batch of dumps is read map by map', () => {
  const [first, second] = splitAnswers(TEXT)
  expect(parseDump(first!, 2, 1)).toEqual(
    new Map([
      ['\x01\xff', '\n'],
      ['\x02\xff', '\n'],
    ]),
  )
  expect(parseDump(second!, 2, 1)).toEqual(new Map())
})

test('a text that was cut off anywhere is never read as a whole one', () => {
  for (const text of [TEXT, LAST_FULL]) {
    const whole = text.length - 1 // the line break may be missing
    for (let length = 0; length < whole; length++)
      expect(splitAnswers(text.subarray(0, length)), `${length}`).toEqual([])
    expect(splitAnswers(text.subarray(0, whole)).length).toBeGreaterThan(0)
  }
})

test('entries of another size, and errors, are not read', () => {
  const [first] = splitAnswers(TEXT)
  expect(parseDump(first!, 3, 1)).toBeUndefined()
  expect(parseDump(first!, 2, 2)).toBeUndefined()
  expect(parseDump(Buffer.from('{"error":"get map by id (9): No such file or directory"}'), 2, 1)).toBeUndefined()
})

test('the echo of a batch is counted whatever pieces it comes in', () => {
  const ok = '{"command":["map","update","id","1"],"output":null}'
  const text = `[${[ok, ok, '{"command":["map","update","id","2"],"output":{"error":"update failed: \\"full\\""}}'].join(',')}]`
  for (let size = 1; size < 40; size++) {
    const echo = new BatchOutput()
    for (let at = 0; at < text.length; at += size) echo.take(Buffer.from(text.slice(at, at + size)))
    expect([echo.commands, echo.error]).toEqual([3, 'update failed: "full"'])
  }
  const clean = new BatchOutput()
  clean.take(Buffer.from(`[${ok}]`))
  expect(clean.error).toBeUndefined()
})
