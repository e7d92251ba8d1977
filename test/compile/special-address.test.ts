// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest'
import { compile } from '../../src/compile/compile.ts'
import { atNode, EXTERNAL } from '../../src/compile/viewpoint.ts'
import { check } from '../../src/report/check/check.ts'
import { parseSpec } from '../../src/spec/parse.ts'

const SPECIAL = ['0.0.0.0', '127.0.0.1', '169.254.169.254', '224.0.0.1', '239.255.0.1', '255.255.255.255', '240.0.0.1']
const SPECIAL6 = ['"::"', '"::1"', 'fe80::1', 'ff02::1']
const NEAR = ['1.0.0.1', '126.0.0.1', '128.0.0.1', '169.253.0.1', '223.255.255.1', 'ff::1', 'fec0::1', '::2']

const specWith = (externalIPs: string[], endpoint = '10.244.0.1') => `
apiVersion: balancing.elf.io/v1alpha1
kind: DataplaneSpec
nodes:
  n1: {addresses: [192.168.50.1, "fd00:50::1"]}
services:
  shop/web:
    clusterIPs: [10.96.0.1, "fd00:96::1"]
    externalIPs: [${externalIPs.join(', ')}]
    ports: {http: 30080/TCP}
  shop/other:
    clusterIPs: [10.96.0.2, "fd00:96::2"]
    ports: {http: 80:30080/TCP}
endpoints:
  shop/web:
  - ports: {http: 8080}
    addresses: [${endpoint}, "fd00:244::1"]
  shop/other:
  - ports: {http: 8080}
    addresses: [10.244.0.2, "fd00:244::2"]
`

test('a special address of a hand-written spec is never a VIP, shares no key with a node port, and gets a warning', () => {
  const plain = parseSpec(specWith([]), 'spec').value!
  for (const address of [...SPECIAL, ...SPECIAL6]) {
    const { value, diagnostics } = parseSpec(specWith([address]), 'spec')
    expect(diagnostics).toEqual([])
    for (const viewpoint of [atNode(plain.nodes[0]!), EXTERNAL]) {
      expect(compile(value!, viewpoint).image, address).toEqual(compile(plain, viewpoint).image)
    }
    expect(check(value!).map(({ code }) => code)).toEqual(['special-address'])
  }
  for (const address of NEAR) {
    const spec = parseSpec(specWith([`"${address}"`]), 'spec').value!
    expect(compile(spec, EXTERNAL).frontends.map(frontend => frontend.address)).toContain(address)
    expect(check(spec)).toEqual([])
  }
})

test('a special address of an endpoint gets a warning, except of class E', () => {
  const codesOf = (endpoint: string) => check(parseSpec(specWith([], endpoint), 'spec').value!).map(({ code }) => code)
  expect(codesOf('169.254.169.254')).toEqual(['special-address'])
  expect(codesOf('240.0.0.9')).toEqual([])
})
