// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest'
import type { Edges } from '../../src/compile/edges.ts'
import { encodeU32 } from '../../src/datapath/codec.ts'
import type { Image } from '../../src/datapath/image.ts'
import { addressKey, frontendKey } from '../../src/datapath/keys.ts'
import type { Drift } from '../../src/report/drift/drift.ts'
import { driftBetween } from '../../src/report/drift/drift-between.ts'
import { compileAt } from '../build/compile.ts'
import { pod, service, specWith, vip } from '../kernel/specs.ts'

/** More pods than a frontend has slots for, so that they stand in pages; and an affinity, so that there are members. */
const many = Array.from({ length: 20 }, (_, i) => ({ ...pod('p12'), address: `10.244.9.${i + 1}` }))
const big = service(2)
big.endpoints = [{ ports: [{ name: 'http', number: 8080 }], endpoints: many }]
const SPEC = specWith(
  service(1, 'p12', 'p23'),
  { ...big, affinitySeconds: 60 },
  {
    ...service(3, 'p12'),
    externalIPs: ['203.0.113.3'],
    loadBalancerIPs: ['203.0.113.4'],
    sourceRanges: ['198.51.100.0/24'],
  },
)
const EDGES: Edges = {
  devices: [{ device: 'eth0', ifindex: 2, nat4: '192.168.1.11', rawIp: false }],
  otherProxy: false,
}
const compiled = compileAt(SPEC, 'n1', EDGES)
const keys = new Map([1, 2, 3].map(n => [frontendKey(vip(n), 80, 6), `default/s0000${n}:http`]))
const names = (key: string) => keys.get(key) ?? 'default/s00003:http'

/** The drift after work on a copy of the image. */
function after(work: (image: Image) => void): Drift[] {
  const held = Object.fromEntries(Object.entries(compiled.image).map(([name, map]) => [name, new Map(map)])) as Image
  work(held)
  return driftBetween(compiled.image, held, names, EDGES)
}
const first = (map: ReadonlyMap<string, string>) => map.keys().next().value!
const hex = (key: string) => Buffer.from(key, 'latin1').toString('hex')

test('nothing, where nothing was changed', () => {
  expect(after(() => {})).toEqual([])
})

test('a frontend that is gone, by its key and its name', () => {
  const key = frontendKey(vip(1), 80, 6)
  expect(after(image => image.frontends.delete(key))).toEqual([
    {
      map: 'frontends',
      key: hex(key),
      kind: 'missing',
      services: ['default/s00001:http'],
      what: 'default/s00001:http at 10.96.0.1:80/TCP is missing',
    },
  ])
})

test('a frontend that was not applied', () => {
  const drift = driftBetween(compileAt(specWith(), 'n1').image, compiled.image, () => undefined)
  expect(drift.map(d => d.what)).toContain('no Service at 10.96.0.1:80/TCP should not be there')
})

test.each([
  ['lacks 10.244.2.13:8080', service(1, 'p12')],
  ['should not have 10.244.3.11:8080', service(1, 'p12', 'p23', 'p31')],
  ['lacks 10.244.2.13:8080; should not have 10.244.3.11:8080', service(1, 'p12', 'p31')],
  ['has no backend, and should have 2', service(1)],
  ['has another session affinity', { ...service(1, 'p12', 'p23'), affinitySeconds: 9 }],
])('a frontend that %s', (what, other) => {
  const key = frontendKey(vip(1), 80, 6)
  const value = compileAt(specWith(other), 'n1').image.frontends.get(key)!
  const [drift] = after(image => image.frontends.set(key, value))
  expect(drift).toMatchObject({ kind: 'changed', what: `default/s00001:http at 10.96.0.1:80/TCP ${what}` })
})

test('a frontend with a damaged check value', () => {
  const key = frontendKey(vip(1), 80, 6)
  const [drift] = after(image => image.frontends.set(key, `X${image.frontends.get(key)!.slice(1)}`))
  expect(drift!.what).toBe('default/s00001:http at 10.96.0.1:80/TCP has a wrong check value')
})

test.each<[keyof Image, RegExp, string[]]>([
  ['pages', /^page 0 of the backends of default\/s00002:http/, ['default/s00002:http']],
  [
    'members',
    /^the backend 10\.244\.9\.\d+:8080, which a client may keep, of default\/s00002:http/,
    ['default/s00002:http'],
  ],
  [
    'source_ranges',
    /^(the source range 198\.51\.100\.0\/24|the end of the source ranges) of default\/s00003:http/,
    ['default/s00003:http'],
  ],
  ['addresses', /^the address /, []],
  ['address_filter', /^a line of the address filter/, []],
  ['port_filter', /^a line of the port filter/, []],
  ['devices', /^the edge eth0/, []],
  ['epoch', /^the epoch/, []],
])('an entry of %s, with the Services that it belongs to', (map, what, services) => {
  const key = first(compiled.image[map])
  const value = compiled.image[map].get(key)!
  const missing = after(image => image[map].delete(key))
  expect(missing).toEqual([{ map, key: hex(key), kind: 'missing', services, what: expect.stringMatching(what) }])
  expect(missing[0]!.what).toMatch(/ is missing$/)
  const changed = after(image => image[map].set(key, 'X'.repeat(value.length)))
  expect(changed).toMatchObject([{ kind: 'changed', what: expect.stringMatching(/ has another value$/) }])
})

test('an entry that is too much', () => {
  const drift = after(image => image.addresses.set(addressKey('192.0.2.7'), '\0\0\0\0'))
  expect(drift).toMatchObject([{ kind: 'added', what: 'the address 192.0.2.7 should not be there' }])
})

test('an edge that should not be there has no name, only its interface', () => {
  const drift = after(image => image.devices.set(encodeU32(9), image.devices.get(encodeU32(2))!))
  expect(drift).toMatchObject([{ kind: 'added', what: 'the edge of interface 9 should not be there' }])
})

test('both families of source ranges are written as CIDRs', () => {
  const both = {
    ...service(3, 'p12'),
    clusterIPs: [vip(3), 'fd00:96::3'],
    loadBalancerIPs: ['203.0.113.4', '2001:db8::4'],
  }
  both.endpoints[0]!.endpoints.push({ ...pod('p12'), address: 'fd00:244:1::12' })
  const { image } = compileAt(specWith({ ...both, sourceRanges: ['198.51.100.0/24', 'fd00::/8'] }), 'n1')
  const whats = driftBetween(image, { ...image, source_ranges: new Map() }, () => 'x').map(d => d.what)
  expect([...new Set(whats)].sort()).toEqual([
    'the end of the source ranges of x is missing',
    'the source range 198.51.100.0/24 of x is missing',
    'the source range fd00::/8 of x is missing',
  ])
})

test('entries that should not be there, in an order of their own', () => {
  const strays = ['10.96.9.2', '10.96.9.1', '10.96.9.3'].map(addressKey)
  const add = (keys: readonly string[]) =>
    after(image => {
      for (const key of keys) image.addresses.set(key, '\x01\0\0\0')
    })
  expect(add(strays)).toEqual(add([...strays].reverse()))
  expect(add(strays)).toHaveLength(3)
})
