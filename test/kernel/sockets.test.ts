// SPDX-License-Identifier: Apache-2.0
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, onTestFinished } from 'vitest'
import { Bpftool } from '../../src/bpf/bpftool/bpftool.ts'
import { buildGeneration } from '../../src/bpf/generation/build.ts'
import { capacitiesFor } from '../../src/bpf/generation/capacity.ts'
import { inspect } from '../../src/bpf/generation/inspect.ts'
import { GenerationPins } from '../../src/bpf/generation/pins.ts'
import { programsFor } from '../../src/bpf/generation/programs.ts'
import { inheritanceFrom } from '../../src/bpf/generation/state-maps.ts'
import { attach } from '../../src/bpf/hooks/attach.ts'
import { CONFIG_MAPS, type ConfigMap, emptyImage } from '../../src/datapath/image.ts'
import { enums } from '../../src/datapath/layout.gen.ts'
import type { Service } from '../../src/spec/spec.ts'
import { apply } from './balancing.ts'
import { PROGRAMS } from './capable.ts'
import type { Call } from './dial.ts'
import { type HandMadeFrontend, handMade } from './hand-made.ts'
import { loadPrograms, writeImage } from './programs.ts'
import { service, specWith, vip } from './specs.ts'
import { describeKernel } from './suite.ts'
import { startTalker, type Talker } from './talk.ts'
import { createWorld, type World } from './world.ts'

const NOTHING = Object.fromEntries(CONFIG_MAPS.map(name => [name, 0])) as Record<ConfigMap, number>
const { ADDRESS_CLUSTER_IP } = enums.address_flags

const UDP: Service['ports'] = [{ name: 'http', port: 80, protocol: 'UDP', except: [] }]

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
    [V4, ADDRESS_CLUSTER_IP],
    [V6, ADDRESS_CLUSTER_IP],
    [OTHER, ADDRESS_CLUSTER_IP],
  ],
)

/** A kind of socket: how it writes addresses, what it dials. */
const KINDS = [
  { family: 4, vip: V4, b21: B21[4], b31: B31[4], print: (a: string, port: number) => `${a}:${port}` },
  { family: 6, vip: V6, b21: B21[6], b31: B31[6], print: (a: string, port: number) => `[${a}]:${port}` },
  { family: 46, vip: V4, b21: B21[4], b31: B31[4], print: (a: string, port: number) => `[::ffff:${a}]:${port}` },
] as const

let world: World
let client: Talker

/** A world with the image for a suite, and a client in it for each of its tests. */
function withClient(): void {
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
}

describeKernel('what sockets show', () => {
  withClient()

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

describeKernel('unconnected UDP', () => {
  withClient()

  it.each(KINDS)('answers over IPv$family come from the VIP', async ({ family, vip, print }) => {
    const calls: Call[] = [1, 2, 3].map(port => ({ family, mode: 'sendto', address: vip, port, tries: 20 }))
    const outcomes = await world.dial('p11', calls)
    expect(outcomes.map(o => [o.peers, o.errors])).toEqual([1, 2, 3].map(port => [{ [print(vip, port)]: 20 }, {}]))
    expect(Object.keys(outcomes[2]!.identities).sort()).toEqual(['p21:8080', 'p31:8080'])
  })

  it.each(KINDS)('a socket over IPv$family sticks to its backend', async ({ family, vip, print }) => {
    const backends = new Set<string>()
    for (let socket = 0; socket < 20; socket++) {
      await client.talk(`s open ${family} udp`)
      const heard = new Set<string>()
      for (let i = 0; i < 10; i++) heard.add((await client.talk(`s sendto ${vip} 3`, 's hear'))[1]!)
      expect([...heard]).toEqual([expect.stringMatching(/^p[23]1:8080 /)])
      const [who, source] = [...heard][0]!.split(' ')
      expect(source).toBe(print(vip, 3))
      backends.add(who!)
    }
    expect([...backends].sort()).toEqual(['p21:8080', 'p31:8080'])
  })

  it.each(KINDS)('one socket over IPv$family, several destinations', async ({ family, vip, b31, print }) => {
    const replies = await client.talk(
      `s open ${family} udp`,
      `s sendto ${vip} 1`,
      's hear',
      `s sendto ${vip} 2`,
      's hear',
      `s sendto ${vip} 1`,
      's hear',
      // Not by us: another port of a backend.
      `s sendto ${b31} 8081`,
      's hear',
    )
    expect(replies.filter(r => r !== 'ok')).toEqual([
      `p21:8080 ${print(vip, 1)}`,
      `p31:8080 ${print(vip, 2)}`,
      `p21:8080 ${print(vip, 1)}`,
      `p31:8081 ${print(b31, 8081)}`,
    ])
    // All under way at once.
    await client.talk(`s sendto ${vip} 1`, `s sendto ${vip} 2`, `s sendto ${b31} 8081`)
    expect((await client.talk('s hear', 's hear', 's hear')).sort()).toEqual([
      `p21:8080 ${print(vip, 1)}`,
      `p31:8080 ${print(vip, 2)}`,
      `p31:8081 ${print(b31, 8081)}`,
    ])
  })

  it.each(KINDS)('a backend dialled directly over IPv$family shows itself', async kind => {
    const { family, vip, b21, b31, print } = kind
    const replies = await client.talk(
      `s open ${family} udp`,
      `s sendto ${vip} 1`,
      's hear',
      `s sendto ${b21} 8080`,
      's hear',
      `s sendto ${vip} 1`,
      `s sendto ${vip} 2`,
      's hear',
      's hear',
      // The one before the latest.
      `s sendto ${b21} 8080`,
      's hear',
      `s sendto ${b31} 8080`,
      's hear',
    )
    const heard = replies.filter(r => r !== 'ok')
    expect([...heard.slice(0, 2), ...heard.slice(2, 4).sort(), ...heard.slice(4)]).toEqual([
      `p21:8080 ${print(vip, 1)}`,
      `p21:8080 ${print(b21, 8080)}`,
      `p21:8080 ${print(vip, 1)}`,
      `p31:8080 ${print(vip, 2)}`,
      `p21:8080 ${print(b21, 8080)}`,
      `p31:8080 ${print(b31, 8080)}`,
    ])
  })

  it('two Services in front of one backend: the latest that was dialled answers', async () => {
    const replies = await client.talk(
      's open 4 udp',
      `s sendto ${V4} 1`,
      's hear',
      `s sendto ${OTHER} 80`,
      's hear',
      `s sendto ${V4} 2`,
      's hear',
      `s sendto ${V4} 1`,
      's hear',
      `s sendto ${V4} 2`,
      's hear',
      `s sendto ${OTHER} 80`,
      `s sendto ${V4} 2`,
      's hear',
      's hear',
    )
    const heard = replies.filter(r => r !== 'ok')
    expect([...heard.slice(0, 5), ...heard.slice(5).sort()]).toEqual([
      `p21:8080 ${V4}:1`,
      `p21:8080 ${OTHER}:80`,
      `p31:8080 ${V4}:2`,
      `p21:8080 ${V4}:1`,
      `p31:8080 ${V4}:2`,
      `p21:8080 ${OTHER}:80`,
      `p31:8080 ${V4}:2`,
    ])
  })

  it('hears from what it dialled before it was connected elsewhere for a while', async () => {
    const replies = await client.talk(
      's open 4 udp',
      `s sendto ${V4} 1`,
      's peek',
      `s connect ${V4} 2`,
      's unconnect',
      's hear',
    )
    expect(replies.at(-1)).toBe(`p21:8080 ${V4}:1`)
  })

  it.each(KINDS)('connected over IPv$family, it may send elsewhere, and shows what it is connected to', async kind => {
    const { family, vip, print } = kind
    const replies = await client.talk(
      `s open ${family} udp`,
      `s connect ${vip} 1`,
      `s sendto ${vip} 2`,
      's peer',
      's send',
      's hear',
    )
    expect(replies.filter(r => r !== 'ok')).toEqual([print(vip, 1), `p21:8080 ${print(vip, 1)}`])
  })

  it.each(KINDS)('fails over IPv$family with the errno of connect(), and the socket stays usable', async kind => {
    const { family, vip, print } = kind
    const replies = await client.talk(
      `s open ${family} udp`,
      `s sendto ${vip} 81`,
      `s sendto ${vip} 82`,
      `s sendto ${vip} 83`,
      `s sendto ${vip} 1`,
      's hear',
    )
    expect(replies.slice(1)).toEqual([
      'ECONNREFUSED',
      'EHOSTUNREACH',
      'ECONNREFUSED',
      'ok',
      `p21:8080 ${print(vip, 1)}`,
    ])
  })

  it.each(KINDS)('connected over IPv$family: recvfrom() shows the VIP, then what it is connected to', async kind => {
    const { family, vip, b21, print } = kind
    const replies = await client.talk(
      `s open ${family} udp`,
      `s connect ${vip} 1`,
      's send',
      's hear',
      's unconnect',
      // No longer connected: what it was connected to says nothing.
      `s sendto ${b21} 8080`,
      's hear',
      `s connect ${b21} 8080`,
      's send',
      's hear',
      's unconnect',
      `s sendto ${vip} 1`,
      's hear',
      `s connect ${b21} 8080`,
      's send',
      's hear',
    )
    expect(replies.filter(r => r !== 'ok')).toEqual([
      `p21:8080 ${print(vip, 1)}`,
      `p21:8080 ${print(b21, 8080)}`,
      `p21:8080 ${print(b21, 8080)}`,
      `p21:8080 ${print(vip, 1)}`,
      `p21:8080 ${print(b21, 8080)}`,
    ])
  })
})

describeKernel('sockets and upgrades', () => {
  let world: World
  beforeAll(async () => {
    world = await createWorld()
  })
  afterAll(() => world?.close())

  it('made before the first apply are served after it', async () => {
    const bare = await createWorld()
    onTestFinished(() => bare.close())
    const client = startTalker(bare, 'p11')
    await client.talk(
      't open 4 tcp',
      't bind 10.244.1.11 4000',
      'u open 4 udp',
      `u sendto ${B31[4]} 8080`,
      'u hear',
      'c open 4 udp',
      `c connect ${B21[4]} 8080`,
    )
    await apply(bare, specWith(service(1, 'p21'), { ...service(2, 'p21'), ports: UDP }))
    const replies = await client.talk(
      `t connect ${vip(1)} 80`,
      't peer',
      `u sendto ${vip(2)} 80`,
      'u hear',
      'c send',
      'c hear',
      `c connect ${vip(2)} 80`,
      'c peer',
    )
    client.end()
    expect(replies.filter(r => r !== 'ok')).toEqual([
      `${vip(1)}:80`,
      `p21:8080 ${vip(2)}:80`,
      `p21:8080 ${B21[4]}:8080`,
      `${vip(2)}:80`,
    ])
  })

  it('keep what they dialled when another generation takes over', async () => {
    await apply(world, specWith(service(1, 'p21')))
    const client = startTalker(world, 'p11')
    await client.talk('s open 4 tcp', `s connect ${vip(1)} 80`)
    const many = specWith(...Array.from({ length: 1500 }, (_, i) => service(i + 1, 'p21')))
    expect(await apply(world, many)).toContain('new maps and programs: ')
    expect(await client.talk('s peer')).toEqual([`${vip(1)}:80`])
    client.end()
  })

  it('show a backend that they dial themselves, also when they got it from a generation that is gone', async () => {
    const tcp = service(2, 'p21')
    const [port] = tcp.ports
    const udp = { ...tcp, name: 'udp', ports: [{ ...port!, protocol: 'UDP' as const }], clusterIPs: [vip(3)] }
    const ranged = { ...service(4, 'p21'), loadBalancerIPs: ['198.18.0.4'], sourceRanges: ['192.0.2.0/24'] }
    await apply(world, specWith(tcp, udp), '--force')
    const client = startTalker(world, 'p11')
    const calls = ['c open 4 udp', `c connect ${vip(3)} 80`, 'd open 4 udp', `d sendto ${vip(3)} 80`, 'd hear']
    expect((await client.talk(...calls)).at(-1)).toBe(`p21:8080 ${vip(3)}:80`)
    // The first ranges build a generation.
    expect(await apply(world, specWith(tcp, udp, ranged), '--force')).toContain('new maps and programs')
    const replies = await client.talk('c connect 10.244.2.11 8080', 'c peer', 'd sendto 10.244.2.11 8080', 'd hear')
    expect(replies).toEqual(['ok', '10.244.2.11:8080', 'ok', 'p21:8080 10.244.2.11:8080'])
    client.end()
  })

  it('show what they dialled while two generations are attached', async () => {
    await apply(world, specWith(service(2, 'p21'), { ...service(3, 'p21'), ports: UDP }), '--force')
    const bpftool = new Bpftool()
    const { current: now } = await inspect(bpftool, `${world.pins}/balancing`, world.cgroup)
    const next = new GenerationPins(`${world.pins}/balancing`, now!.pins.number + 1)
    // Without entries: it sees what the serving one made of a call, and knows none of it.
    const capacities = capacitiesFor(NOTHING, emptyImage())
    const { kept } = inheritanceFrom([now!], capacities, false)
    const blueprint = { object: PROGRAMS, capacities, steps: [], kept, attachments: [], sockets: 'all' as const }
    const built = await buildGeneration(bpftool, next, blueprint)
    if ('message' in built) throw new Error(built.message)
    expect(await attach(bpftool, built.generation, programsFor(emptyImage()), world.cgroup)).toBeUndefined()
    const client = startTalker(world, 'p11')
    const replies = await client.talk(
      't open 4 tcp',
      `t connect ${vip(2)} 80`,
      't peer',
      'u open 4 udp',
      `u connect ${vip(3)} 80`,
      'u peer',
      'd open 4 udp',
      `d sendto ${vip(3)} 80`,
      'd hear',
      // Past both.
      `u connect ${B31[4]} 8080`,
      'u peer',
    )
    client.end()
    expect(replies.filter(r => r !== 'ok')).toEqual([
      `${vip(2)}:80`,
      `${vip(3)}:80`,
      `p21:8080 ${vip(3)}:80`,
      `${B31[4]}:8080`,
    ])
  })
})
