// SPDX-License-Identifier: Apache-2.0

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { blankLine, escapeButColours, escapeLine, escapeText } from '../../src/base/escape.ts'
import { formatJson } from '../../src/base/format-json.ts'
import { ansi } from '../../src/base/paint.ts'
import { arbitraryText } from '../arbitrary/hostile.ts'
import { runs } from '../runs.ts'
import { actsInLog } from './media.ts'

const MANY = { numRuns: runs(3000) }
const noise = fc.oneof(arbitraryText, fc.string({ unit: 'binary' }), fc.string())

test('no text of an input acts on a terminal or in the log of a CI system', () => {
  fc.assert(
    fc.property(noise, text => {
      for (const shown of [escapeLine(text), escapeText(text), `8 | ${blankLine(text)}`])
        expect(actsInLog(shown)).toBe(false)
      for (const line of [escapeLine(text), blankLine(text)]) expect(line).not.toMatch(/[\n\t]/)
      expect(blankLine(text)).toHaveLength(text.length)
      expect(actsInLog(`  ${escapeButColours(text).replaceAll(/\x1b\[[\d;]*m/g, '')}`, false)).toBe(false)
    }),
    MANY,
  )
})

test('JSON stays the same value, on one line', () => {
  fc.assert(
    fc.property(noise, text => {
      const value = { [text]: [text] }
      const json = formatJson(value, true)
      expect(json).not.toContain('\n')
      for (const form of [json, formatJson(value)]) {
        expect(actsInLog(form)).toBe(false)
        expect(JSON.parse(form)).toEqual(value)
      }
    }),
    MANY,
  )
})

test('text that does nothing, and colours around it, stay as they are', () => {
  for (const shown of [escapeLine, escapeText, blankLine])
    expect(shown('zone „a“ ## 1: b::c')).toBe('zone „a“ ## 1: b::c')
  expect(escapeText('a\n\tb')).toBe('a\n\tb')
  expect(escapeButColours(ansi('bad', 'gone'))).toBe(ansi('bad', 'gone'))
})

test.each([
  ['\x1b[2J', '\\u001b[2J'],
  ['a\nb', 'a\\u000ab'],
  [' ::error::no', ' \\u003a:error::no'],
  ['x ##vso[task.setvariable]', 'x #\\u0023vso[task.setvariable]'],
  ['\u202eabc', '\\u202eabc'],
  ['\u{e0041}', '\\udb40\\udc41'],
])('%j is shown as %s', (text, shown) => {
  expect(escapeLine(text)).toBe(shown)
})

test('a colour of an input is no colour, unless it is one of ours', () => {
  expect(escapeButColours(`${ansi('bad', 'gone')}\x1b[8m\x1b[2J`)).toBe(`${ansi('bad', 'gone')}\\u001b[8m\\u001b[2J`)
})
