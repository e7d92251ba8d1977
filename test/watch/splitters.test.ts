// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { itemSplitter } from '../../src/apiserver/watch/items.ts'
import { lineSplitter } from '../../src/apiserver/watch/lines.ts'

/** Bytes, cut at these places. */
function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const sorted = [0, ...places.map(place => place % (bytes.length + 1)), bytes.length].sort((a, b) => a - b)
  return sorted.slice(1).map((to, i) => bytes.subarray(sorted[i], to))
}

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('utf8')
const places = fc.array(fc.nat(5000), { maxLength: 40 })
/** What JSON can hold, and what a splitter could stumble over. */
const value = fc.jsonValue({ maxDepth: 3 })
const names = fc.constantFrom('items', '"items":[', 'a\\', '{', ']', '},', '\u00e9\u{1f600}', '\n')
const object = fc.dictionary(fc.oneof(names, fc.string()), fc.oneof(value, names))

test('lines are the same wherever the chunks are cut', () => {
  fc.assert(
    fc.property(fc.array(object), places, (objects, places) => {
      const lines = objects.map(object => JSON.stringify(object))
      const split = lineSplitter()
      const chunks = cut(Buffer.from(lines.map(line => `${line}\n`).join('')), places)
      expect(chunks.flatMap(chunk => [...split(chunk)].map(text))).toEqual(lines)
    }),
  )
})

test('empty lines are left out, and a line without an end is no line', () => {
  const split = lineSplitter()
  expect([...split(Buffer.from('\n\na\n\nb'))].map(text)).toEqual(['a'])
  expect([...split(Buffer.from('c\n'))].map(text)).toEqual(['bc'])
})

test('a line that does not end is refused', () => {
  const split = lineSplitter(10)
  expect([...split(Buffer.from('0123456789'))]).toEqual([])
  expect(() => [...split(Buffer.from('0'))]).toThrow('sends a line of more than 10 bytes')
})

test('items and head are the same wherever the chunks are cut and however the JSON is laid out', () => {
  const fields = fc.dictionary(
    fc.string().filter(key => key !== 'items' && key !== '__proto__'),
    value,
  )
  fc.assert(
    fc.property(
      fields,
      fc.array(object),
      fields,
      places,
      fc.constantFrom(0, 2),
      (before, items, after, places, indent) => {
        const list = { ...before, items, ...after }
        const splitter = itemSplitter()
        const chunks = cut(Buffer.from(JSON.stringify(list, null, indent)), places)
        const found = chunks.flatMap(chunk => [...splitter.split(chunk)].map(text))
        expect(found.map(item => JSON.parse(item))).toEqual(JSON.parse(JSON.stringify(items)))
        expect(splitter.head()).toEqual(JSON.parse(JSON.stringify({ ...list, items: [] })))
      },
    ),
  )
})

test('a list that is cut has no head', () => {
  const whole = JSON.stringify({ metadata: { resourceVersion: '1' }, items: [{ a: 1 }, { b: 2 }] })
  for (let length = 0; length < whole.length; length++) {
    const splitter = itemSplitter()
    for (const _ of splitter.split(Buffer.from(whole.slice(0, length))));
    expect(splitter.head()).toBeUndefined()
  }
})
