// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest'
import type { LookupClient } from '../../src/datapath/dial.ts'
import type { Image } from '../../src/datapath/image.ts'
import { lookup, recordAfter } from '../../src/datapath/lookup.ts'
import type { Service, Spec } from '../../src/spec/spec.ts'
import { compileAt } from '../build/compile.ts'
import { service, specWith, vip } from '../kernel/specs.ts'

const EXTERNAL_IP = '203.0.113.7'
const HERE = { address: '10.244.1.11', port: 8080 }
const THERE = { address: '10.244.2.11', port: 8080 }
const PACKET: LookupClient = { list: 'external', source: '192.168.50.100' }

/** Service 1 with an external address, one endpoint on n1 and one on n2. */
function external(more: Partial<Service> = {}, ...pods: string[]): Service {
  return { ...service(1, ...(pods.length > 0 ? pods : ['p11', 'p21'])), externalIPs: [EXTERNAL_IP], ...more }
}

function imageOf(spec: Spec): Image {
  return compileAt(spec, 'n1').image
}

function dial(image: Image, client: LookupClient, address = EXTERNAL_IP) {
  return lookup(image, { address, port: 80, protocol: 'TCP', client })
}

it('a packet from outside gets the external list, a socket the internal one', () => {
  const image = imageOf(specWith(external({ externalTrafficPolicy: 'Local' })))
  expect(dial(image, PACKET)).toEqual({ kind: 'forward', backends: [HERE] })
  expect(dial(image, {})).toEqual({ kind: 'forward', backends: [HERE, THERE] })
})

it('both get one list where the policies agree', () => {
  const image = imageOf(specWith(external()))
  expect(dial(image, PACKET)).toEqual(dial(image, {}))
})

it('without a local endpoint, policy Local refuses packets only', () => {
  const image = imageOf(specWith(external({ externalTrafficPolicy: 'Local' }, 'p21')))
  expect(dial(image, PACKET)).toEqual({ kind: 'refuse', errno: 'EHOSTUNREACH' })
  expect(dial(image, {})).toEqual({ kind: 'forward', backends: [THERE] })
})

it('a packet is held to source ranges by its source', () => {
  const image = imageOf(
    specWith(external({ externalIPs: [], loadBalancerIPs: [EXTERNAL_IP], sourceRanges: ['192.168.50.0/24'] })),
  )
  expect(dial(image, PACKET).kind).toBe('forward')
  expect(dial(image, { ...PACKET, source: '198.51.100.1' })).toEqual({ kind: 'drop' })
})

it('a packet never means the loopback of the node', () => {
  const image = imageOf(
    specWith(external({ ports: [{ name: 'http', port: 80, protocol: 'TCP', nodePort: 30080, except: [] }] })),
  )
  const to = { address: '127.0.0.1', port: 30080, protocol: 'TCP' } as const
  expect(lookup(image, { ...to, client: { isInHostNetns: true } }).kind).toBe('forward')
  expect(lookup(image, { ...to, client: PACKET })).toEqual({ kind: 'pass' })
})

it('affinity keeps a packet to a backend of the external list only', () => {
  const image = imageOf(
    specWith(external({ externalTrafficPolicy: 'Local', affinitySeconds: 60 }, 'p11', 'p12', 'p21')),
  )
  const to = { address: EXTERNAL_IP, port: 80, protocol: 'TCP' } as const
  const held = recordAfter(image, { ...to, client: PACKET }, HERE, 0n)
  expect(lookup(image, { ...to, client: PACKET }, { record: held, now: 0n })).toEqual({
    kind: 'forward',
    backends: [HERE],
  })
  const elsewhere = recordAfter(image, to, THERE, 0n)
  expect(lookup(image, { ...to, client: PACKET }, { record: elsewhere, now: 0n })).toEqual(dial(image, PACKET))
  expect(lookup(image, to, { record: elsewhere, now: 0n })).toEqual({ kind: 'forward', backends: [THERE] })
  expect(lookup(image, { address: vip(1), port: 80, protocol: 'TCP' }, { record: elsewhere, now: 0n }).kind).toBe(
    'forward',
  )
})
