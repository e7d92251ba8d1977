// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Address, foldAddress } from '../../src/base/address.ts'
import { packSlots, unpackSlots } from '../../src/datapath/backend.ts'
import { decode, encode, encodeU32, type StructValue } from '../../src/datapath/codec.ts'
import { filterBits } from '../../src/datapath/filter.ts'
import { addressKey, frontendKey } from '../../src/datapath/keys.ts'
import { enums } from '../../src/datapath/layout.gen.ts'
import { lookup } from '../../src/datapath/lookup.ts'
import type { Call } from './dial.ts'
import { type HandMadeFrontend, handMade, podBackend } from './hand-made.ts'
import { loadPrograms, removeEntry, writeEntry, writeImage } from './programs.ts'
import { describeKernel } from './suite.ts'
import { createWorld, type World } from './world.ts'

const { ADDRESS_CLUSTER_IP, ADDRESS_THIS_NODE, ADDRESS_OTHER_NODE } = enums.address_flags
const { FRONTEND_INTERNAL_DROP, FRONTEND_EXTERNAL_LOCAL } = enums.frontend_flags
const { FILTER_LINE_BITS } = enums.filter_shape

const PORTS = [8080, 8081, 8443, 5353]
/** 48 backends that all answer. */
const MANY = PORTS.flatMap(port => [1, 2, 3].flatMap(n => [1, 2, 3, 4].map(i => `p${n}${i}:${port}`)))
const TWO = ['p12:8080', 'p23:8081']
const VIPS = ['10.96.0.1', 'fd00:96::1'] as const
const GATED = '10.244.3.11'
const UNGATED = '10.244.2.11'

function both(port: number, backends: string[], flags = 0): HandMadeFrontend[] {
  return VIPS.flatMap(address =>
    (['TCP', 'UDP'] as const).map(protocol => ({ address, port, protocol, backends, flags })),
  )
}

function nodePort(port: number, backends: string[], flags = 0): HandMadeFrontend[] {
  return ([4, 6] as const).flatMap(family =>
    (['TCP', 'UDP'] as const).map(protocol => ({
      address: 'nodePort' as const,
      family,
      port,
      protocol,
      backends,
      flags,
    })),
  )
}

/** Ports on the VIPs say what stands behind them: `n` backends on port 1000 + n. */
const COUNTS = [1, 6, 7, 12, 13, 15, 16, 30, 31, 45]
const IMAGE = handMade(
  [
    ...both(80, TWO),
    { address: VIPS[0], port: 90, protocol: 'TCP', backends: TWO },
    ...both(81, []),
    ...both(82, [], FRONTEND_INTERNAL_DROP),
    ...COUNTS.flatMap(n => both(1000 + n, MANY.slice(0, n))),
    ...nodePort(30080, TWO),
    ...nodePort(8081, TWO, FRONTEND_EXTERNAL_LOCAL),
    ...nodePort(30082, [], FRONTEND_EXTERNAL_LOCAL | FRONTEND_INTERNAL_DROP),
    { address: GATED, port: 8080, protocol: 'TCP', backends: ['p12:8443'] },
    { address: UNGATED, port: 8080, protocol: 'TCP', backends: ['p12:8443'] },
  ],
  [
    [VIPS[0], ADDRESS_CLUSTER_IP],
    [VIPS[1], ADDRESS_CLUSTER_IP],
    ['192.168.50.1', ADDRESS_THIS_NODE],
    ['fd00:50::1', ADDRESS_THIS_NODE],
    ['192.168.50.2', ADDRESS_OTHER_NODE],
    ['fd00:50::2', ADDRESS_OTHER_NODE],
    ['192.168.50.3', ADDRESS_OTHER_NODE | ADDRESS_CLUSTER_IP],
  ],
  [UNGATED],
)

/** A frontend with one backend. */
const KEY = frontendKey(VIPS[0], 1001, 6)
type FrontendValue = StructValue<'frontend'>

function changed(bytes: Uint8Array, at: number): Uint8Array {
  return bytes.map((byte, i) => (i === at ? byte ^ 1 : byte))
}

/** What the programs and their twin must both do: backends by identity, or an errno, or nothing; then this happens. */
type Expected =
  | { forward: readonly string[] }
  | { refuse: 'ECONNREFUSED' | 'EHOSTUNREACH' }
  | { pass: string | { refuse: 'ECONNREFUSED' } }
const SERVED = { forward: TWO }
const REJECTED = { refuse: 'ECONNREFUSED' } as const
const DROPPED = { refuse: 'EHOSTUNREACH' } as const

/** An unconnected socket is not told that another host refused its datagram. */
const MODES = {
  TCP: ['tcp'],
  UDP: ['udp', 'sendto'],
  both: ['tcp', 'udp', 'sendto'],
  connected: ['tcp', 'udp'],
} as const

const DECISIONS: [string, Address, number, keyof typeof MODES, Expected][] = [
  ['a frontend', VIPS[0], 80, 'both', SERVED],
  ['a frontend, IPv6', VIPS[1], 80, 'both', SERVED],
  ['a frontend without endpoints', VIPS[0], 81, 'both', REJECTED],
  ['a frontend without endpoints, IPv6', VIPS[1], 81, 'both', REJECTED],
  ['a frontend without local endpoints', VIPS[0], 82, 'both', DROPPED],
  ['a frontend without local endpoints, IPv6', VIPS[1], 82, 'both', DROPPED],
  ['an unknown port of a cluster IP', VIPS[0], 79, 'both', REJECTED],
  ['an unknown port of a cluster IP, IPv6', VIPS[1], 79, 'both', REJECTED],
  ['a known port, unknown protocol', VIPS[0], 90, 'UDP', REJECTED],
  ['a known port, known protocol', VIPS[0], 90, 'TCP', SERVED],
  ['a node port on this node', '192.168.50.1', 30080, 'both', SERVED],
  ['a node port on this node, IPv6', 'fd00:50::1', 30080, 'both', SERVED],
  ['a node port on another node', '192.168.50.2', 30080, 'both', SERVED],
  ['a node port on another node, IPv6', 'fd00:50::2', 30080, 'both', SERVED],
  ['a Local node port on this node', '192.168.50.1', 8081, 'both', SERVED],
  ['a Local node port on this node, IPv6', 'fd00:50::1', 8081, 'both', SERVED],
  ['a Local node port on another node', '192.168.50.2', 8081, 'both', { pass: 'n2:8081' }],
  ['a Local node port on another node, IPv6', 'fd00:50::2', 8081, 'both', { pass: 'n2:8081' }],
  ['a Local node port without backends, this node', '192.168.50.1', 30082, 'both', DROPPED],
  ['a Local node port without backends, other node', '192.168.50.2', 30082, 'connected', { pass: REJECTED }],
  ['an unknown port of this node', '192.168.50.1', 8080, 'both', { pass: 'n1:8080' }],
  ['an unknown port of another node, IPv6', 'fd00:50::2', 8080, 'both', { pass: 'n2:8080' }],
  ['an unknown port of a node whose address is a cluster IP too', '192.168.50.3', 8443, 'both', { pass: 'n3:8443' }],
  ['a node port on such an address', '192.168.50.3', 30080, 'both', SERVED],
  ['an address that is none of ours', '10.244.3.14', 8443, 'both', { pass: 'p34:8443' }],
  ['an address that is none of ours, IPv6', 'fd00:244:3::14', 8443, 'both', { pass: 'p34:8443' }],
  ['a frontend of an external IP, which has no entry in `addresses`', GATED, 8080, 'TCP', { forward: ['p12:8443'] }],
  ['another port of an external IP', GATED, 8443, 'TCP', { pass: 'p31:8443' }],
  ['a frontend whose filter bit is clear', UNGATED, 8080, 'TCP', { pass: 'p21:8080' }],
  ...COUNTS.flatMap(n =>
    VIPS.map((vip): (typeof DECISIONS)[number] => [
      `${n} backends`,
      vip,
      1000 + n,
      'both',
      { forward: MANY.slice(0, n) },
    ]),
  ),
]

interface Decision extends Call {
  what: string
  expected: Expected
}

/** A row for each kind of socket that can dial it. */
const CALLS: Decision[] = DECISIONS.flatMap(([what, address, port, protocol, expected]) =>
  MODES[protocol].flatMap(mode =>
    (address.includes(':') ? [6] : [4, 46]).map(family => ({
      what,
      expected,
      address,
      port,
      family: family as Call['family'],
      mode,
      // with fewer, one backend of 48 would be missed now and then: 48 * (47/48)^1200 is 5e-10
      tries: 'forward' in expected ? 25 * Math.max(2, expected.forward.length) : 3,
    })),
  ),
)

describeKernel('the programs', () => {
  let world: World
  beforeAll(async () => {
    world = await createWorld()
    loadPrograms(world)
    writeImage(world, IMAGE)
  }, 30_000)
  afterAll(() => world.close())

  it.each(CALLS)('$what: $mode over IPv$family to $address port $port', async ({ what: _, expected, ...call }) => {
    const [outcome] = await world.dial('p11', [call])
    const met = 'pass' in expected && typeof expected.pass === 'object' ? expected.pass : expected
    if ('refuse' in met) {
      expect(outcome).toMatchObject({ errors: { [met.refuse]: 3 }, identities: {} })
    } else {
      const answering = 'forward' in met ? [...met.forward] : [met.pass]
      expect(outcome!.errors).toEqual({})
      expect(Object.keys(outcome!.identities).sort()).toEqual(answering.sort())
    }
  })

  it('does the same for a process of the node', async () => {
    const [outcome] = await world.dial('n1', [{ family: 4, mode: 'tcp', address: VIPS[0], port: 80, tries: 50 }])
    expect(Object.keys(outcome!.identities).sort()).toEqual(TWO)
  })

  it('does nothing outside the cgroup', async () => {
    const calls: Call[] = [
      { family: 4, mode: 'udp', address: VIPS[0], port: 80, timeoutMs: 50 },
      { family: 4, mode: 'tcp', address: UNGATED, port: 8081 },
    ]
    const [vip, pod] = await world.dial('p11', calls, '-')
    expect(vip!.identities).toEqual({})
    expect(pod!.identities).toEqual({ 'p21:8081': 1 })
  })

  it('chooses every backend about equally often', async () => {
    for (const [port, mode] of [
      [1015, 'udp'],
      [1045, 'udp'],
      [1015, 'sendto'],
      [1045, 'sendto'],
    ] as const) {
      const [outcome] = await world.dial('p11', [{ family: 4, mode, address: VIPS[0], port, tries: 9600 }])
      const share = 9600 / (port - 1000)
      for (const [identity, count] of Object.entries(outcome!.identities)) {
        // seven standard deviations
        expect(Math.abs(count - share), `${identity} of ${port} by ${mode}`).toBeLessThan(7 * Math.sqrt(share))
      }
    }
  }, 30_000)

  it('fails with EHOSTUNREACH while a page is missing or of another block, and serves the rest', async () => {
    const value = decode('frontend', IMAGE.frontends.get(frontendKey(VIPS[0], 1031, 6))!)
    const block = value.internal_block
    const key = encode('page_key', { block, page: 1 })
    const page = IMAGE.pages.get(key)!
    const call: Call = { family: 4, mode: 'tcp', address: VIPS[0], port: 1031, tries: 1200 }
    const survivors = MANY.slice(0, 31).filter((_, i) => i < 15 || i >= 30)
    removeEntry(world, 'pages', key)
    const [missing] = await world.dial('p11', [call])
    writeEntry(
      world,
      'pages',
      key,
      encode('page', {
        slots: { bytes: packSlots(4, 1n, unpackSlots(4, block, decode('page', page).slots.bytes, 15)!) },
      }),
    )
    const [recycled] = await world.dial('p11', [call])
    writeEntry(world, 'pages', key, page)
    const [whole] = await world.dial('p11', [call])
    for (const outcome of [missing!, recycled!]) {
      expect(Object.keys(outcome.errors)).toEqual(['EHOSTUNREACH'])
      // three tries: 15/31 of the first choices, cubed
      expect(outcome.errors.EHOSTUNREACH! / 1200).toBeCloseTo((15 / 31) ** 3, 1)
      expect(Object.keys(outcome.identities).sort()).toEqual(survivors.sort())
    }
    expect(whole!.errors).toEqual({})
  }, 30_000)

  /** What a reader may see of an element that another one is being written over. */
  const MIXTURES: [what: string, change: (value: FrontendValue) => FrontendValue][] = [
    ...(['internal_block', 'external_block', 'source_ranges', 'service'] as const).map(
      (field): (typeof MIXTURES)[0] => [field, value => ({ ...value, [field]: value[field] + 1n })],
    ),
    ...(['internal_count', 'external_count', 'affinity_seconds', 'flags'] as const).map(
      (field): (typeof MIXTURES)[0] => [field, value => ({ ...value, [field]: value[field] + 1 })],
    ),
    ['check', value => ({ ...value, check: value.check ^ 1n })],
    ...([0, 5, 6] as const).map((at): (typeof MIXTURES)[0] => [
      `byte ${at} of a slot`,
      value => ({ ...value, slots: { bytes: changed(value.slots.bytes, at) } }),
    ]),
  ]

  it.each(MIXTURES)('does not believe a frontend with the %s of another', async (_, change) => {
    await expectRefused(encode('frontend', change(decode('frontend', IMAGE.frontends.get(KEY)!))))
  })

  it('does not believe the whole value of another frontend', async () => {
    await expectRefused(IMAGE.frontends.get(frontendKey(VIPS[0], 1001, 17))!)
  })

  it('does not believe the flags of another address', async () => {
    const key = addressKey(VIPS[0])
    const value = IMAGE.addresses.get(key)!
    const call: Call = { family: 4, mode: 'tcp', address: VIPS[0], port: 9, tries: 3 }
    const mixture = encode('address', { ...decode('address', value), flags: ADDRESS_OTHER_NODE })
    writeEntry(world, 'addresses', key, mixture)
    const [mixed] = await world.dial('p11', [call])
    writeEntry(world, 'addresses', key, value)
    const [whole] = await world.dial('p11', [call])
    expect([mixed!.errors, whole!.errors]).toEqual([{ EHOSTUNREACH: 3 }, { ECONNREFUSED: 3 }])
  })

  async function expectRefused(value: string): Promise<void> {
    const call: Call = { family: 4, mode: 'tcp', address: VIPS[0], port: 1001 }
    const twin = { ...IMAGE, frontends: new Map(IMAGE.frontends).set(KEY, value) }
    writeEntry(world, 'frontends', KEY, value)
    const [mixed] = await world.dial('p11', [call])
    writeEntry(world, 'frontends', KEY, IMAGE.frontends.get(KEY)!)
    const [whole] = await world.dial('p11', [call])
    expect([mixed!.errors, whole!.errors]).toEqual([{ EHOSTUNREACH: 1 }, {}])
    const verdict = lookup(twin, { address: VIPS[0], port: 1001, protocol: 'TCP' })
    expect(verdict).toEqual({ kind: 'refuse', errno: 'EHOSTUNREACH' })
  }

  it('asks nothing but the filter while its bit is clear', async () => {
    const call: Call = { family: 4, mode: 'tcp', address: GATED, port: 8080, tries: 5 }
    const key = encodeU32(filterBits(foldAddress(GATED))[0] >>> FILTER_LINE_BITS)
    removeEntry(world, 'address_filter', key)
    const [clear] = await world.dial('p11', [call])
    writeEntry(world, 'address_filter', key, IMAGE.address_filter.get(key)!)
    const [set] = await world.dial('p11', [call])
    expect(clear!.identities).toEqual({ 'p31:8080': 5 })
    expect(set!.identities).toEqual({ 'p12:8443': 5 })
  })

  it.each(CALLS.filter(call => call.family !== 46 && call.mode !== 'sendto'))(
    '$what: the twin says the same of $mode to $address port $port',
    ({ expected, address, port, mode }) => {
      const family = address.includes(':') ? 6 : 4
      const verdict = lookup(IMAGE, { address, port, protocol: mode === 'tcp' ? 'TCP' : 'UDP' })
      if ('pass' in expected) expect(verdict).toEqual({ kind: 'pass' })
      else if ('refuse' in expected) expect(verdict).toEqual({ kind: 'refuse', errno: expected.refuse })
      else expect(verdict).toEqual({ kind: 'forward', backends: expected.forward.map(p => podBackend(family, p)) })
    },
  )
})
