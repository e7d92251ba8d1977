import fc from 'fast-check'
import { expect, test } from 'vitest'
import { blankControls, escapeButColours, escapeControls } from '../../src/base/escape.ts'
import { ansi } from '../../src/base/paint.ts'

/** Characters that act on a terminal, more often than chance has them. */
const hostile = fc.string({
  unit: fc.oneof(
    fc.constantFrom('\x1b', '[', '2', 'J', '\r', '\b', '\0', '\x7f', '\x9b', '\u202e', '\n', '\t'),
    fc.string({ minLength: 1, maxLength: 1 }),
  ),
})
const acts = (text: string) => /[^\P{Cc}\n\t]|[\u200e\u200f\u202a-\u202e\u2066-\u2069]/u.test(text)

test('no text of an input acts on a terminal', () => {
  fc.assert(
    fc.property(hostile, text => {
      expect(acts(escapeControls(text))).toBe(false)
      expect(acts(blankControls(text))).toBe(false)
      expect(blankControls(text)).toHaveLength(text.length)
      expect(acts(escapeButColours(text).replaceAll(/\x1b\[[\d;]*m/g, ''))).toBe(false)
    }),
  )
})

test('text without control characters, and colours around it, stay as they are', () => {
  expect(escapeControls('zone „a“\n\tb')).toBe('zone „a“\n\tb')
  expect(escapeButColours(ansi('bad', 'gone'))).toBe(ansi('bad', 'gone'))
  expect(escapeButColours(`${ansi('bad', 'gone')}\x1b[2J`)).toBe(`${ansi('bad', 'gone')}\\u001b[2J`)
})
