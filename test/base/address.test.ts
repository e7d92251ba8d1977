// SPDX-License-Identifier: Apache-2.0
import { isIP } from 'node:net'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { byAddress, formatCidr, parseAddress, parseCidr, readAddress, writeAddress } from '../../src/base/address.ts'
import { runs } from '../runs.ts'

/** IPv6 text in all its forms: groups with and without leading zeros, a gap, an embedded quad, and broken ones. */
const group = fc.oneof(fc.constant('0'), fc.constant('0000'), fc.stringMatching(/^[0-9a-fA-F]{1,4}$/))
const v6Text = fc.oneof(
  fc.ipV6(),
  fc
    .tuple(fc.array(group, { maxLength: 9 }), fc.array(group, { maxLength: 9 }))
    .map(([a, b]) => `${a.join(':')}::${b.join(':')}`),
  fc.array(group, { minLength: 7, maxLength: 9 }).map(groups => groups.join(':')),
  fc
    .tuple(fc.array(group, { minLength: 1, maxLength: 7 }), fc.ipV4())
    .map(([groups, quad]) => [...groups, quad].join(':')),
)

test('IPv6 is read as node:net reads it and written as URLs are', () => {
  fc.assert(
    fc.property(v6Text, text => {
      const valid = isIP(text) === 6
      const parsed = parseAddress(text)
      expect(parsed !== undefined, text).toBe(valid)
      if (!valid) return
      const canonical = new URL(`http://[${text}]/`).hostname.slice(1, -1)
      const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/
        .exec(canonical)
        ?.slice(1)
        .map(g => Number.parseInt(g, 16))
      const quad = mapped?.flatMap(g => [g >> 8, g & 255]).join('.')
      expect(parsed, text).toBe(quad ?? canonical)
    }),
    { numRuns: runs(5000) },
  )
})

test('bytes and text are each other', () => {
  const address = fc.oneof(fc.ipV4(), fc.ipV6()).map(text => parseAddress(text)!)
  fc.assert(
    fc.property(address, text => {
      const bytes = new Uint8Array(20)
      writeAddress(text, bytes, 2)
      expect(readAddress(bytes, 2)).toBe(text)
    }),
  )
})

test('IPv4 with leading zeros is decimal (CVE-2021-29923), and nothing else odd is an address', () => {
  expect(parseAddress('010.000.01.1')).toBe('10.0.1.1')
  expect(parseAddress('::ffff:10.0.0.1')).toBe('10.0.0.1')
  for (const bad of [
    '',
    '1.2.3',
    '1.2.3.4.5',
    '1.2.3.256',
    '0x1.2.3.4',
    '1.2.3.4 ',
    '1..3.4',
    'fe80::1%eth0',
    ':::',
    '1:2:3:4:5:6:7',
    'g::',
  ]) {
    expect(parseAddress(bad), bad).toBeUndefined()
  }
})

test('addresses sort IPv4 first, then by number', () => {
  const sorted = ['9.0.0.1', '10.0.0.1', '10.0.0.10', '::1', '2::', 'fd00::9', 'fd00::a', 'fd00::10']
  expect([...sorted].reverse().sort(byAddress)).toEqual(sorted)
})

test('ranges lose their host bits', () => {
  const canonical = (text: string) => {
    const cidr = parseCidr(text)
    return cidr && formatCidr(cidr)
  }
  expect(canonical(' 10.1.2.3/20 ')).toBe('10.1.0.0/20')
  expect(canonical('fd00::ffff/64')).toBe('fd00::/64')
  expect(canonical('::ffff:10.1.2.3/104')).toBe('10.0.0.0/8')
  expect(canonical('0.0.0.0/0')).toBe('0.0.0.0/0')
  for (const bad of ['10.0.0.0', '10.0.0.0/33', 'fd00::/129', '10.0.0.0/-1', '/8', '10.0.0/8'])
    expect(canonical(bad), bad).toBeUndefined()
})
