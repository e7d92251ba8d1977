// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isRepeatFree } from '../../src/spec/document/json-keys.ts'
import { runs } from '../runs.ts'

test('no value that JSON.stringify printed has a key twice', () => {
  const string = fc.stringMatching(/^[a\\":{},\n ]{0,8}$/)
  fc.assert(
    fc.property(
      fc.jsonValue(),
      fc.dictionary(string, fc.array(string)),
      fc.constantFrom(0, 2),
      (any, awkward, indent) => {
        const text = JSON.stringify([any, awkward], null, indent)
        expect(isRepeatFree(text, JSON.parse(text))).toBe(true)
      },
    ),
    { numRuns: runs(1000) },
  )
})

test.each(['{"a": 1, "a": 1}', '[{"a": {"b\\\\": 1, "b\\\\" :2}}]', '{"a": ":", "\\u0061": "\\":"}'])(
  '%s has',
  text => {
    expect(isRepeatFree(text, JSON.parse(text))).toBe(false)
  },
)
