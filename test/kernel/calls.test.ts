// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { enums } from '../../src/datapath/layout.gen.ts'
import { readCases, type SocketFamily, Words } from './calls.ts'
import { type HandMadeFrontend, handMade } from './hand-made.ts'
import { loadPrograms, writeImage } from './programs.ts'
import { claimSlots } from './slots.ts'
import { describeKernel } from './suite.ts'
import { startTalker, type Talker } from './talk.ts'
import { createWorld, type World } from './world.ts'

const { ADDRESS_CLUSTER_IP, ADDRESS_THIS_NODE, ADDRESS_OTHER_NODE } = enums.address_flags

/** Where the words of a script are: ports of the VIP by what stands behind them, parties, addresses. */
const VIP = { 4: '10.96.0.10', 6: 'fd00:96::10' } as const
const PORTS = { A: 1, B: 2, OWN: 3, SHUT: 4, EITHER: 5, NONE: 6, LOCAL: 7, UNKNOWN: 8, SELF: 9 } as const
const BACKENDS = {
  A: ['p21:8080'],
  B: ['p31:8080'],
  SELF: ['p11:9000'],
  OWN: ['p12:9000'],
  SHUT: ['p12:9'],
  EITHER: ['p21:8080', 'p31:8080'],
  NONE: [],
}
const NODES = { n1: { 4: '192.168.50.1', 6: 'fd00:50::1' }, n2: { 4: '192.168.50.2', 6: 'fd00:50::2' } } as const

function frontends(family: 4 | 6, protocol: 'TCP' | 'UDP'): HandMadeFrontend[] {
  const flags = enums.frontend_flags.FRONTEND_INTERNAL_DROP
  const at = (name: keyof typeof PORTS) => ({ address: VIP[family], port: PORTS[name], protocol })
  return [
    ...Object.entries(BACKENDS).map(([name, backends]) => ({ ...at(name as keyof typeof BACKENDS), backends })),
    { ...at('LOCAL'), backends: [], flags },
    { address: 'nodePort', family, port: 30080, protocol, backends: BACKENDS.A },
  ]
}

const IMAGE = handMade(
  ([4, 6] as const).flatMap(family => [...frontends(family, 'TCP'), ...frontends(family, 'UDP')]),
  ([4, 6] as const).flatMap(family => [
    [VIP[family], ADDRESS_CLUSTER_IP],
    [NODES.n1[family], ADDRESS_THIS_NODE],
    [NODES.n2[family], ADDRESS_OTHER_NODE],
  ]),
)

/** Where a connected socket keeps its reverse-NAT entry: in its slot, or in socket storage when another has that. */
const PLACES = [
  { slots: 'slots are free', claim: 0 },
  { slots: 'all slots are taken', claim: 0x5ea71 },
]

describeKernel('calls', () => {
  let world: World
  let talkers: Record<string, Talker>

  beforeAll(async () => {
    world = await createWorld()
    loadPrograms(world)
    writeImage(world, IMAGE)
    mkdirSync(`${world.cgroup}/below`)
    const ip = (party: string, ...args: string[]) => execFileSync('ip', ['-n', world.netns(party), ...args])
    for (const [address, prohibited] of [
      ['10.244.1.10', '10.244.9.0/24'],
      ['fd00:244:1::10', 'fd00:244:9::/64'],
    ] as const) {
      const nodad = address.includes(':') ? ['nodad'] : []
      ip('p11', 'address', 'add', address, 'dev', 'eth0', 'preferred_lft', '0', ...nodad)
      ip('n1', 'route', 'add', address, 'dev', 'p11')
      ip('p11', 'route', 'add', 'prohibit', prohibited)
    }
    // TCP Fast Open for clients and all listeners, without cookies; and every closed port is told of.
    const settings = ['net.ipv4.tcp_fastopen=0x607', 'net.ipv4.icmp_ratelimit=0', 'net.ipv6.icmp.ratelimit=0']
    for (const party of ['p11', 'p12'])
      execFileSync('ip', ['netns', 'exec', world.netns(party), 'sysctl', '-qw', ...settings])
  }, 30_000)
  afterAll(() => world?.close())

  const mailbox = (party: string) => `/tmp/${world.id}-${party}.mailbox`
  beforeEach(async () => {
    talkers = {
      p11: startTalker(world, 'p11', { mailbox: mailbox('p11') }),
      p12: startTalker(world, 'p12'),
      sub: startTalker(world, 'p11', { cgroup: `${world.cgroup}/below` }),
      out: startTalker(world, 'p11', { cgroup: '-', mailbox: mailbox('out') }),
    }
    // Once they answer, their mailboxes are there.
    await Promise.all(Object.values(talkers).map(talker => talker.talk('first open 4 udp')))
  })
  afterEach(() => {
    for (const talker of Object.values(talkers)) talker.end()
    for (const party of ['p11', 'out']) rmSync(mailbox(party), { force: true })
  })

  const cases = readCases('test/kernel/calls.txt').flatMap(c => c.families.map(family => ({ ...c, family })))
  describe.each(PLACES)('while $slots', ({ claim }) => {
    beforeAll(() => claimSlots(world, claim))

    it.each(cases)('$name, $family', async c => {
      const words = new Words(c.family, VIP, PORTS)
      const told: string[] = []
      for (const { call } of c.calls) told.push(words.fromReply(await make(call, c.family, words)))
      const script = (replies: string[]) => c.calls.map(({ call }, i) => `${call} -> ${replies[i]}`)
      expect(script(told)).toEqual(script(c.calls.map(({ reply }) => reply)))
    })

    it.each(['4', '6', '46', '64'] as const)('connected UDP: a datagram to the peer by its name, %s', async family => {
      const words = new Words(family, VIP, PORTS)
      const heard = new Set<string>()
      for (let socket = 0; socket < 20; socket++) {
        for (const call of ['s open udp', 's connect EITHER', 's sendto EITHER']) await make(call, family, words)
        heard.add(words.fromReply(await make('s hear', family, words)))
      }
      expect([...heard].sort()).toEqual(['p21:8080 EITHER', 'p31:8080 EITHER'])
    })
  })

  /** Makes one call of a script: `p12.s open udp` is "s open 4 udp" to the talker of p12. */
  async function make(call: string, family: SocketFamily, words: Words): Promise<string> {
    const [who, verb, ...rest] = call.split(' ') as [string, string, ...string[]]
    const [socket, party = 'p11'] = who.split('.').reverse()
    const plain = party === 'p12' && family !== '6' ? '4' : family
    const told = rest.map(word => (word.startsWith('@') ? mailbox(word.slice(1)) : words.toCall(word)))
    const [reply] = await talkers[party]!.talk([socket, verb, ...(verb === 'open' ? [plain] : []), ...told].join(' '))
    // Messages come in any order.
    return verb === 'hear-messages' ? reply!.split(', ').sort().join(', ') : reply!
  }
})
