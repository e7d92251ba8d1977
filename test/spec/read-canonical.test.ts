// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { byAddress, parseAddress } from '../../src/base/address.ts'
import type { Result } from '../../src/base/diagnostic.ts'
import { AddressScan } from '../../src/spec/canonical/address-scan.ts'
import { readCanonical } from '../../src/spec/canonical/read.ts'
import { canonicalTextOf } from '../../src/spec/canonical/text.ts'
import { parseSpec } from '../../src/spec/parse.ts'
import { printYaml } from '../../src/spec/print.ts'
import type { Spec } from '../../src/spec/spec.ts'
import { arbitraryAddress, arbitrarySpec } from '../arbitrary/spec.ts'
import { MANY_RUNS, runs } from '../runs.ts'
import { arbitraryEdit } from './edits.ts'
import { changed, EXAMPLE } from './example.ts'

/** With a comment in front no text is canonical. */
function parseTheLongWay(text: string): Result<Spec> {
  return parseSpec(`# by hand\n${text}`, 'spec.yaml')
}

test('all that is printed is read, and as the long way reads it', () => {
  fc.assert(
    fc.property(arbitrarySpec, spec => {
      const text = printYaml(spec)
      const read = readCanonical(text)
      expect(read).toEqual(spec)
      expect(parseTheLongWay(text)).toEqual({ value: read, diagnostics: [] })
      expect(canonicalTextOf(read!)).toBe(text)
    }),
    { numRuns: runs(500) },
  )
})

test('after any edit it is read exactly when it is what the long way would print of it', () => {
  const outcomes = { read: 0, valid: 0, bad: 0 }
  const texts = fc.oneof(
    { weight: 1, arbitrary: fc.constant(EXAMPLE) },
    { weight: 3, arbitrary: arbitrarySpec.map(printYaml) },
  )
  fc.assert(
    fc.property(texts, arbitraryEdit, (text, edit) => {
      const edited = edit(text)
      const read = readCanonical(edited)
      const { value, diagnostics } = parseTheLongWay(edited)
      const isCanonical = value !== undefined && diagnostics.length === 0 && printYaml(value) === edited
      expect(read).toEqual(isCanonical ? value : undefined)
      if (edited !== text) outcomes[read ? 'read' : value ? 'valid' : 'bad']++
    }),
    { numRuns: runs(3000) },
  )
  if (MANY_RUNS) expect(Math.min(...Object.values(outcomes))).toBeGreaterThan(100)
}, 600_000)

test.each([
  ['a comment', 'nodes:\n', '# all\nnodes:\n'],
  [
    'another order of fields',
    '    internalTrafficPolicy: Local\n    externalTrafficPolicy: Local\n',
    '    externalTrafficPolicy: Local\n    internalTrafficPolicy: Local\n',
  ],
  ['a default', '    internalTrafficPolicy: Local', '    internalTrafficPolicy: Cluster'],
  ['an empty list', '    loadBalancerIPs: [198.51.100.80]', '    loadBalancerIPs: []'],
  ['quotes', 'dns: 53/UDP', '"dns": 53/UDP'],
  ['quotes of a line', '10.244.1.7 node-a1', '"10.244.1.7 node-a1"'],
  ['a long address', 'fd00:96::a', 'fd00:96:0::a'],
  ['a capital address', 'fd00:96::a', 'fd00:96::A'],
  ['a leading zero', '10.96.3.7', '10.96.03.7'],
  ['an address that is empty', '[10.96.3.7]', '[""]'],
  ['an address twice', '[203.0.113.9]', '[203.0.113.9, 203.0.113.9]'],
  ['host bits', '203.0.113.0/24', '203.0.113.1/24'],
  ['the zone of the node', '10.244.1.7 node-a1', '10.244.1.7 node-a1 zone=eu-west-a'],
  ['a node= too many', '10.244.1.7 node-a1', '10.244.1.7 node=node-a1'],
  ['hints out of order', '10.244.1.7 node-a1', '10.244.1.7 node-a1 for-zones=b,a'],
  ['a hint twice', '10.244.1.7 node-a1', '10.244.1.7 node-a1 for-nodes=a,a'],
  ['endpoints out of order', '10.244.1.7 node-a1', '10.244.2.10 node-a1'],
  ['group ports out of order', '{dns: 53, dns-tcp: 53}', '{dns-tcp: 53, dns: 53}'],
  ['exceptions out of order', '8080/TCP except=198.51.100.80,203.0.113.9', '8080/TCP except=203.0.113.9,198.51.100.80'],
  ['no final line break', 'fd00:244:1::7 node-a1\n', 'fd00:244:1::7 node-a1'],
  ['no cluster IP', '    clusterIPs: [10.96.3.7]\n', ''],
  ['a port out of range', 'healthCheckNodePort: 32000', 'healthCheckNodePort: 65536'],
  ['an affinity out of range', 'affinitySeconds: 10800', 'affinitySeconds: 86401'],
  ['an unknown field', '    affinitySeconds', '    sessionAffinity'],
  ['an unknown port of endpoints', '{dns: 53,', '{dnt: 53,'],
  ['endpoints of an unknown Service', 'endpoints:\n  kube-system/kube-dns', 'endpoints:\n  kube-system/kube-dnt'],
  ['an exception of no VIP', '8080/TCP except=198.51.100.80,', '8080/TCP except=198.51.100.81,'],
  ['a frontend claimed twice', 'dns-tcp: 53/TCP', 'dns-tcp: 53/UDP'],
  ['a node port claimed twice', 'admin: 8080/TCP', 'admin: 8080:30080/TCP'],
])('%s is left to the long way', (_what, piece, by) => {
  expect(readCanonical(EXAMPLE)).toBeDefined()
  expect(readCanonical(changed(piece, by))).toBeUndefined()
})

const hexish = fc.stringMatching(/^[0-9a-fA-F:.]{1,20}$/)
const groups = fc
  .array(fc.constantFrom('0', '0', '0', '1', 'ff', 'ffff', '1a2b', '01', 'A', ''), { minLength: 1, maxLength: 9 })
  .map(all => all.join(':'))
const gapped = fc.tuple(groups, groups).map(([head, tail]) => `${head}::${tail}`)

test('a scan takes the addresses that are written as they are printed', () => {
  fc.assert(
    fc.property(fc.oneof(hexish, groups, gapped, arbitraryAddress, fc.ipV6()), text => {
      expect(new AddressScan().take(text)).toBe(parseAddress(text) === text)
    }),
    { numRuns: runs(5000) },
  )
})

test('a scan has the order of addresses', () => {
  const near = fc.tuple(fc.nat(1), fc.nat(7), fc.nat(2)).map(([family, group, n]) => {
    const parts = Array(8).fill('0').with(group, n.toString())
    return family === 0 ? parts.slice(4).join('.') : parseAddress(parts.join(':'))!
  })
  const address = fc.oneof(arbitraryAddress, near)
  fc.assert(
    fc.property(address, address, (a, b) => {
      const scan = new AddressScan()
      expect([scan.take(a), scan.order > 0, scan.take(b)]).toEqual([true, true, true])
      expect(Math.sign(scan.order)).toBe(Math.sign(byAddress(a, b)) * -1 || 0)
    }),
    { numRuns: runs(2000) },
  )
})
