// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'

/** Cuts, repeats, moves and replaces pieces of a text, sometimes by things that mean something. */
export function mutation(texts: readonly string[]): fc.Arbitrary<string> {
  const words = [
    'null',
    '~',
    '[]',
    '{}',
    '-1',
    '65536',
    '1e99',
    '"',
    "'",
    '\n',
    '\n---\n',
    ': ',
    '- ',
    '&a ',
    '*a',
    '::',
    '0.0.0.0',
    '\u0000',
    '\u2028',
    '💥',
  ]
  const edit = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    length: fc.nat(60),
    by: fc.oneof(fc.constantFrom(...words), fc.string({ maxLength: 8 }), fc.constant('')),
  })
  return fc.tuple(fc.constantFrom(...texts), fc.array(edit, { minLength: 1, maxLength: 6 })).map(([text, edits]) =>
    edits.reduce((t, { at, length, by }) => {
      const start = Math.floor(at * t.length)
      return t.slice(0, start) + by + t.slice(start + length)
    }, text),
  )
}
