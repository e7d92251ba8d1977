import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { enums } from '../../src/image/layout.gen.ts'
import { apply } from './balancing.ts'
import type { Call } from './dial.ts'
import { type HandMadeFrontend, handMade } from './hand-made.ts'
import { loadPrograms, writeImage } from './programs.ts'
import { service, specWith, vip } from './specs.ts'
import { describeKernel } from './suite.ts'
import { startTalker, type Talker } from './talk.ts'
import { createWorld, type World } from './world.ts'

const { ADDRESS_VIP } = enums.address_flags

/** Port 1 has p21 behind it, port 2 has p31, port 3 both, IPv4 and IPv6; port 80 of OTHER has p21 as well. */
const V4 = '10.96.0.10'
const V6 = 'fd00:96::10'
const OTHER = '10.96.0.11'
const B21 = { 4: '10.244.2.11', 6: 'fd00:244:2::11' }
const B31 = { 4: '10.244.3.11', 6: 'fd00:244:3::11' }

function frontend(address: string, port: number, backends: string[], flags = 0): HandMadeFrontend[] {
  return (['TCP', 'UDP'] as const).map(protocol => ({ address, port, protocol, backends, flags }))
}

const IMAGE = handMade(
  [
    ...[V4, V6].flatMap(address => [
      ...frontend(address, 1, ['p21:8080']),
      ...frontend(address, 2, ['p31:8080']),
      ...frontend(address, 3, ['p21:8080', 'p31:8080']),
      ...frontend(address, 81, []),
      ...frontend(address, 82, [], enums.frontend_flags.FRONTEND_INTERNAL_DROP),
    ]),
    ...frontend(OTHER, 80, ['p21:8080']),
  ],
  [
    [V4, ADDRESS_VIP],
    [V6, ADDRESS_VIP],
    [OTHER, ADDRESS_VIP],
  ],
)

/** A kind of socket: how it writes addresses, what it dials. */
const KINDS = [
  { family: 4, vip: V4, b21: B21[4], b31: B31[4], print: (a: string, port: number) => `${a}:${port}` },
  { family: 6, vip: V6, b21: B21[6], b31: B31[6], print: (a: string, port: number) => `[${a}]:${port}` },
  { family: 46, vip: V4, b21: B21[4], b31: B31[4], print: (a: string, port: number) => `[::ffff:${a}]:${port}` },
] as const

describeKernel('what sockets show', () => {
  let world: World
  let client: Talker
  beforeAll(async () => {
    world = await createWorld()
    loadPrograms(world)
    writeImage(world, IMAGE)
  }, 30_000)
  beforeEach(() => {
    client = startTalker(world, 'p11')
  })
  afterEach(() => client.end())
  afterAll(() => world?.close())

  it.each(KINDS.flatMap(kind => (['tcp', 'udp'] as const).map(mode => ({ ...kind, mode }))))(
    '$mode over IPv$family: getpeername() shows the VIP',
    async ({ family, mode, vip, print }) => {
      const calls: Call[] = [1, 2, 3].map(port => ({ family, mode, address: vip, port, tries: 20 }))
      const outcomes = await world.dial('p11', calls)
      expect(outcomes.map(o => [o.peers, o.errors])).toEqual([1, 2, 3].map(port => [{ [print(vip, port)]: 20 }, {}]))
      expect(Object.keys(outcomes[2]!.identities).sort()).toEqual(['p21:8080', 'p31:8080'])
    },
  )

  it.each(KINDS)('connected UDP over IPv$family: every connect() counts, and only the last', async kind => {
    const { family, vip, b21, print } = kind
    const replies = await client.talk(
      `s open ${family} udp`,
      `s connect ${vip} 1`,
      's peer',
      `s connect ${vip} 2`,
      's peer',
      // Its present backend, dialled by its own address.
      `s connect ${b21} 8080`,
      's peer',
      `s connect ${vip} 1`,
      's peer',
      `s connect ${b21} 8080`,
      's peer',
    )
    expect(replies.filter(r => r !== 'ok')).toEqual([
      print(vip, 1),
      print(vip, 2),
      print(b21, 8080),
      print(vip, 1),
      print(b21, 8080),
    ])
  })

  it.each(KINDS.flatMap(kind => (['tcp', 'udp'] as const).map(mode => ({ ...kind, mode }))))(
    '$mode over IPv$family: connect(AF_UNSPEC), then the backend itself',
    async kind => {
      const { family, mode, vip, b21, print } = kind
      const replies = await client.talk(
        `s open ${family} ${mode}`,
        `s connect ${vip} 1`,
        's unconnect',
        's peer',
        `s connect ${b21} 8080`,
        's peer',
      )
      expect(replies).toEqual(['ok', 'ok', 'ok', 'ENOTCONN', 'ok', print(b21, 8080)])
    },
  )

  it.each(KINDS)('a refused connect() over IPv$family leaves the socket as it was', async kind => {
    const { family, vip, print } = kind
    const replies = await client.talk(
      `s open ${family} udp`,
      `s connect ${vip} 1`,
      `s connect ${vip} 81`,
      `s connect ${vip} 82`,
      `s connect ${vip} 83`,
      's peer',
    )
    expect(replies).toEqual(['ok', 'ok', 'ECONNREFUSED', 'EHOSTUNREACH', 'ECONNREFUSED', print(vip, 1)])
  })
})

describeKernel('sockets and upgrades', () => {
  let world: World
  beforeAll(async () => {
    world = await createWorld()
  })
  afterAll(() => world?.close())

  it('keep what they dialled when another generation takes over', async () => {
    await apply(world, specWith(service(1, 'p21')))
    const client = startTalker(world, 'p11')
    await client.talk('s open 4 tcp', `s connect ${vip(1)} 80`)
    const many = specWith(...Array.from({ length: 1500 }, (_, i) => service(i + 1, 'p21')))
    expect(await apply(world, many)).toContain('new maps and programs: ')
    expect(await client.talk('s peer')).toEqual([`${vip(1)}:80`])
    client.end()
  })
})
