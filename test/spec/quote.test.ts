// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { load, YAML11_SCHEMA } from 'js-yaml'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { scalar } from '../../src/spec/line/quote.ts'
import { runs } from '../runs.ts'

test.each([
  'node-a1',
  '10.96.0.10',
  '10.244.1.7 node-a1 not-ready',
  '53/UDP',
  '80:30080/TCP except=10.0.0.1,fd00::1',
  'fd00::1',
  'fd00::1 node',
  '10.0.0.0/8',
  'kube-system/kube-dns',
  '1.2.3',
  'a.b',
  'nul',
  '1a',
  'only',
])('%s stays plain', text => {
  expect(scalar(text)).toBe(text)
})

test.each([
  '',
  '1',
  '1e3',
  '0x1f',
  '0o17',
  '0b1',
  '1_000',
  'e5',
  'E-12',
  '1.5',
  '1.',
  '1:20',
  '190:20:30',
  '1:2:3:4:5:6:7:8',
  '2001-01-01',
  'null',
  'Null',
  'true',
  'No',
  'on',
  'OFF',
  'y',
  'N',
  '~',
  '2001:db8::',
  '2001:db8:: node',
  '::1',
  'a: b',
  'a #b',
  ' a',
  'a ',
  '-',
  '- a',
  '[a',
  '{a',
  '&a',
  '*a',
  '!a',
  '%a',
  '@a',
  '`a',
  '"a',
  "'a",
  '|',
  '>',
  '?',
  'a\nb',
  'ü',
  '\u2028',
  '=',
  '<<',
  '.5',
  '.inf',
  '+1',
])('%j is quoted', text => {
  expect(scalar(text)).toMatch(/^".*"$/)
})

test('a comma is quoted in flow only', () => {
  expect([scalar('a,b'), scalar('a,b', true)]).toEqual(['a,b', '"a,b"'])
})

const awkward = fc.stringMatching(/^[0-9a-fxobenulONtryYs:._/,= #-]{0,12}$/)

test('both YAML libraries read every text back, in both versions of YAML, as key, value and item', () => {
  fc.assert(
    fc.property(fc.oneof(awkward, fc.string(), fc.string({ unit: 'binary' })), text => {
      const block = `${scalar(text)}:\n- ${scalar(text)}\n`
      const flow = `{${scalar(text, true)}: [${scalar(text, true)}]}`
      for (const yaml of [block, flow]) {
        const expected = JSON.parse(`{${JSON.stringify(text)}: [${JSON.stringify(text)}]}`)
        expect(load(yaml)).toEqual(expected)
        expect(load(yaml, { schema: YAML11_SCHEMA })).toEqual(expected)
        expect(parse(yaml)).toEqual(expected)
        expect(parse(yaml, { version: '1.1' })).toEqual(expected)
      }
    }),
    { numRuns: runs(3000) },
  )
})
