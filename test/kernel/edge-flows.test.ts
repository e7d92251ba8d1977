// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Family } from '../../src/base/address.ts'
import type { Protocol } from '../../src/base/protocol.ts'
import { fragmentsOf } from '../packets/fragment.ts'
import { udp } from '../packets/transport.ts'
import { dualService, inFamily, text } from './edge-rig.ts'
import { atPort, ECHO_PORT, EdgeNode, routeOutside, routeServices, startEchoes, withoutOffload } from './edge-world.ts'
import { burst, connectFrom, datagrams, type Peer, sendFrom, transfer } from './peers.ts'
import { askNeighborsOften, sendRaw, sendRawAtOnce } from './raw.ts'
import { service } from './specs.ts'
import { describeKernel } from './suite.ts'
import { startTalker, type Talker } from './talk.ts'
import { createWorld, type World } from './world.ts'

/** In which three fragments may come. */
const ORDERS = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
]

/** Three of them make a datagram of 3,000 bytes, and each is small enough for any path that a client has learned. */
const PIECE_BYTES = 1200

const FAMILIES: Family[] = [4, 6]

describeKernel('flows through an edge', () => {
  let world: World
  let n1: EdgeNode
  let n2: EdgeNode
  let x1: Talker
  const peers: Peer[] = []
  beforeAll(async () => {
    world = await createWorld()
    withoutOffload(world)
    askNeighborsOften(world, 'x1')
    routeServices(world, 'x1', 'n1')
    for (const node of ['n1', 'n2']) routeOutside(world, node)
    n1 = new EdgeNode(world, 'n1')
    n2 = new EdgeNode(world, 'n2')
    x1 = startTalker(world, 'x1', { cgroup: '-' })
    // A redirect that does not leave uses up what the kernel allows of other errors to its receiver.
    for (const limit of ['ipv4/icmp_ratelimit', 'ipv6/icmp/ratelimit'])
      n1.run('sh', '-c', `echo 0 > /proc/sys/net/${limit}`)
    peers.push(...(await startEchoes(world, ['p12', '10.244.1.12'], ['n2', '10.244.2.12'], ['n3', '10.244.3.12'])))
  })
  afterAll(async () => {
    for (const peer of peers) peer.end()
    x1?.end()
    await world?.close()
  })
  const held: Peer[] = []
  /** A client port that no connection before had: those linger. */
  let lastPort = 45_000
  const freshPort = () => ++lastPort
  beforeEach(() => n1.programs.forgetForGood())
  afterEach(() => {
    for (const peer of held.splice(0)) peer.end()
  })

  const one = (protocol: Protocol, ...pods: string[]) => dualService(service(1, ...pods), protocol)
  const two = (protocol: Protocol, ...pods: string[]) => dualService(service(2, ...pods), protocol)

  describe.each(FAMILIES)('IPv%d', family => {
    const vip = inFamily(family, '203.0.113.1')
    const other = inFamily(family, '203.0.113.2')
    const hear = async (...calls: string[]) => (await x1.talk(...calls)).at(-1)!

    it.each(['p12', 'p22'])('a megabyte to %s and back', async name => {
      n1.serve(atPort(ECHO_PORT, one('TCP', name)))
      expect(await transfer(world, 'x1', vip, 80, 1 << 20)).toBe('ok')
    })

    it.each(['p12', 'p22'])(
      'a megabyte to %s and back, where the way there takes smaller packets than the client sends',
      async name => {
        n1.serve(atPort(ECHO_PORT, one('TCP', name)))
        const address = inFamily(family, name === 'p12' ? '10.244.1.12' : '10.244.2.12')
        const via = inFamily(family, '192.168.50.2')
        const ip = (...args: string[]) => execFileSync('ip', ['-n', world.netns('n1'), 'route', ...args])
        const way = name === 'p12' ? ['dev', 'p12'] : ['via', via]
        ip('replace', address, ...way, 'mtu', '1320')
        try {
          expect(await transfer(world, 'x1', vip, 80, 1 << 20)).toBe('ok')
        } finally {
          if (name === 'p12') ip('replace', address, ...way)
          else ip('del', address)
          execFileSync('ip', ['-n', world.netns('x1'), 'route', 'flush', 'cache'])
        }
      },
    )

    it.each(['p12', 'p22'])('datagrams of 3,000 bytes to %s and back', async name => {
      n1.serve(atPort(ECHO_PORT, one('UDP', name)))
      expect(await datagrams(world, 'x1', vip, 80, { bytes: 3000, count: 20 })).toBe(20)
    })

    it.each(['p12', 'p22'])(
      'fragments for %s on the wire in any order, and not one whose first is too late',
      async name => {
        n1.serve(one('UDP', name))
        const from = { address: inFamily(family, '192.168.50.100'), port: freshPort() }
        const whole = udp({ from, to: { address: vip, port: 80 }, data: new Uint8Array(3000).fill(7) })
        const pieces = (order: readonly number[], id: number) => order.map(i => fragmentsOf(whole, PIECE_BYTES, id)[i]!)
        await x1.talk(`f open ${family} udp`, `f bind ${from.address} ${from.port}`)
        for (const [i, order] of ORDERS.entries()) {
          sendRawAtOnce(world, 'x1', pieces(order, 100 + i))
          await expect
            .poll(() => hear('f hear'), { timeout: 10_000, message: String(order) })
            .toContain(`${name}:8080 `)
        }
        const { COUNT_DROPPED } = n1.programs.counts()
        sendRaw(world, 'x1', pieces([1], 200))
        await expect.poll(() => n1.programs.counts().COUNT_DROPPED).toBe(COUNT_DROPPED + 1)
        sendRaw(world, 'x1', pieces([0, 2], 200))
        expect(await hear('f hear')).not.toContain(name)
      },
    )

    it('a trace of the route shows the node on the way to the Service', async () => {
      n1.serve(one('UDP', 'p12', 'p22'))
      const calls = [`t open ${family} udp`, 't set errors', 't set one-hop', `t connect ${vip} 80`, 't send', 't hear']
      const replies = await x1.talk(...calls, 't hear-error')
      const [error, source, router] = replies.at(-1)!.split(' ')
      expect([error, source]).toEqual(['EHOSTUNREACH', text({ address: vip, port: 80 })])
      expect(router).toContain(inFamily(family, '192.168.50.1'))
    })

    it('a datagram to a port where nothing listens is refused, here and elsewhere', async () => {
      for (const name of ['p12', 'p22']) {
        n1.serve(atPort(9, one('UDP', name)))
        const words = await hear(`u open ${family} udp`, `u connect ${vip} 80`, 'u send', 'u hear')
        expect([name, words]).toEqual([name, 'ECONNREFUSED'])
      }
    })

    it('a UDP socket moves when its backend goes, and is refused when the last goes', async () => {
      n1.serve(one('UDP', 'p12'))
      const ask = () => hear('m send', 'm hear')
      expect(await hear(`m open ${family} udp`, `m connect ${vip} 80`, 'm send', 'm hear')).toMatch(/^p12:8080 /)
      for (const name of ['p13', 'p22', 'p12']) {
        n1.serve(one('UDP', name))
        expect(await ask()).toMatch(new RegExp(`^${name}:8080 `))
      }
      n1.serve(one('UDP'))
      expect(await ask()).toBe('ECONNREFUSED')
      n1.serve(one('UDP', 'p13'))
      expect(await ask()).toMatch(/^p13:8080 /)
    })

    it.each(['p12', 'p22'])('a connection to %s outlives its Service, and the loss of any records', async name => {
      n1.serve(atPort(ECHO_PORT, one('TCP', name)))
      const before = n1.programs.flows()
      const connection = connectFrom(world, 'x1', freshPort(), vip, 80)
      held.push(connection)
      expect(await connection.ask('first')).toBe('first')
      const keys = [...n1.programs.flows().keys()].filter(key => !before.has(key))
      expect(keys.length).toBe(name === 'p12' ? 2 : 3)
      for (let lost = 1; lost < 1 << keys.length; lost++) {
        // All at once is the whole flow: an edge that knows nothing of it asks for a new one, which the backend resets.
        if (lost === (1 << keys.length) - 1) continue
        n1.programs.evict(keys.filter((_, i) => lost & (1 << i)))
        expect([lost, await connection.ask(`after ${lost}`)]).toEqual([lost, `after ${lost}`])
      }
      n1.serve(atPort(ECHO_PORT, one('TCP', name === 'p12' ? 'p13' : 'p23')))
      expect(await connection.ask('last')).toBe('last')
    })

    it.each([
      ['a cluster IP', '10.96.0.1', 80],
      ['an external IP', '203.0.113.1', 80],
      ['a node port', '192.168.50.1', 30_001],
    ])('connections to %s outlive its frontend, and new ones find none', async (_, address, port) => {
      for (const name of ['p12', 'p22']) {
        n1.serve(atPort(ECHO_PORT, one('TCP', name)))
        const connection = connectFrom(world, 'x1', freshPort(), inFamily(family, address), port)
        held.push(connection)
        expect(await connection.ask('before')).toBe('before')
        n1.serve()
        for (const word of ['after', 'long after']) expect(await connection.ask(word)).toBe(word)
        const calls = [`n open ${family} tcp`, `n connect ${inFamily(family, address)} ${port}`]
        expect(await hear(...calls)).not.toBe('ok')
      }
    })

    it('a connection of which nothing is left is reset, unless the same backend is chosen', async () => {
      n1.serve(atPort(ECHO_PORT, one('TCP', 'p22')))
      const connection = connectFrom(world, 'x1', freshPort(), vip, 80)
      held.push(connection)
      expect(await connection.ask('first')).toBe('first')
      n1.programs.forget()
      expect(await connection.ask('again')).toBe('again')
      // In this order: an acknowledgement may come meanwhile.
      n1.serve(atPort(ECHO_PORT, one('TCP', 'p12')))
      n1.programs.forget()
      expect(await connection.ask('lost')).toBe('ECONNRESET')
    })

    it.each(['p12', 'p22'])('two connections of one client port with %s are kept apart', async name => {
      n1.serve(atPort(ECHO_PORT, one('TCP', name)), atPort(ECHO_PORT, two('TCP', name)))
      const port = freshPort()
      const both = [vip, other].map(address => connectFrom(world, 'x1', port, address, 80))
      held.push(...both)
      for (const round of [1, 2, 3])
        for (const [i, connection] of both.entries())
          expect(await connection.ask(`${round}.${i}`)).toBe(`${round}.${i}`)
    })

    it.each(['p12', 'p22'])('two flows of one UDP port with %s hear from where each sent', async name => {
      n1.serve(one('UDP', name), two('UDP', name))
      const calls = ['a', 'b'].flatMap((id, i) => [
        `${id} open ${family} udp`,
        `${id} set reuseport`,
        `${id} bind ${inFamily(family, '192.168.50.100')} 46000`,
        `${id} connect ${[vip, other][i]} 80`,
      ])
      await x1.talk(...calls)
      for (let round = 0; round < 3; round++)
        for (const id of ['a', 'b'])
          expect(await hear(`${id} send`, `${id} hear`)).toMatch(new RegExp(`^${name}:8080 `))
    })

    it.each(['p12', 'p32'])('two nodes send one client port to one backend, %s', async name => {
      const services = atPort(ECHO_PORT, one('TCP', name))
      n1.serve(services)
      n2.serve(services)
      const port = freshPort()
      const both = [1, 2].map(n => connectFrom(world, 'x1', port, inFamily(family, `192.168.50.${n}`), 30_001))
      held.push(...both)
      for (const round of [1, 2, 3])
        for (const [i, connection] of both.entries())
          expect(await connection.ask(`${round}.${i}`)).toBe(`${round}.${i}`)
    })

    it.each(['TCP', 'UDP'] as const)(
      'a %s port that a socket of the node has towards the backend is left to it',
      async protocol => {
        n1.serve(atPort(ECHO_PORT, one(protocol, 'p22')))
        const port = freshPort()
        const backend = inFamily(family, '10.244.2.12')
        const open = (party: string, address: string, service: number) =>
          protocol === 'TCP'
            ? connectFrom(world, party, port, address, service)
            : sendFrom(world, party, port, address, service)
        const host = open('n1', backend, ECHO_PORT)
        held.push(host)
        expect(await host.ask('host')).toBe('host')
        const client = open('x1', vip, 80)
        held.push(client)
        for (const round of [1, 2, 3])
          for (const [who, peer] of Object.entries({ client, host }))
            expect(await peer.ask(`${who} ${round}`)).toBe(`${who} ${round}`)
        const ports = [...n1.programs.flows().values()].map(flow => flow.from_port).filter(chosen => chosen !== 0)
        expect(ports.length).toBe(1)
        expect(ports).not.toContain(port)
      },
    )

    it('a hundred refusals at once on a processor, then a thousand a second; the rest is dropped', async () => {
      n1.serve(one('UDP'))
      const before = n1.programs.counts()
      const began = performance.now()
      await burst(world, 'x1', vip, 80, 5000)
      const seconds = (performance.now() - began) / 1000
      const { COUNT_REFUSED, COUNT_UNANSWERED } = n1.programs.counts()
      const refused = COUNT_REFUSED - before.COUNT_REFUSED
      expect(refused).toBeGreaterThanOrEqual(100)
      expect(refused).toBeLessThanOrEqual(availableParallelism() * (100 + 1000 * seconds))
      expect(COUNT_UNANSWERED - before.COUNT_UNANSWERED).toBeGreaterThan(0)
      const ask = () => hear(`r open ${family} udp`, `r connect ${vip} 80`, 'r send', 'r hear')
      await expect.poll(ask).toBe('ECONNREFUSED')
    })

    it('a backend elsewhere that calls its own Service gets itself', async () => {
      n1.serve(one('UDP', 'p22'))
      const own = startTalker(world, 'n2', { cgroup: '-' })
      const replies = await own.talk(
        `h open ${family} udp`,
        `h bind ${inFamily(family, '10.244.2.12')} 0`,
        `h connect ${inFamily(family, '192.168.50.1')} 30001`,
        'h send',
        'h hear',
      )
      own.end()
      expect(replies.at(-1)).toMatch(/^p22:8080 /)
    })

    it('a client that leaves the Service for its backend keeps its port', async () => {
      n1.serve(one('UDP', 'p12'))
      const direct = inFamily(family, '10.244.1.12')
      await x1.talk(`d open ${family} udp`, `d bind ${inFamily(family, '192.168.50.100')} 46001`)
      expect(await hear(`d sendto ${vip} 80`, 'd hear')).toContain(vip)
      expect(await hear(`d sendto ${direct} 8080`, 'd hear')).toContain(direct)
      expect(await hear(`d sendto ${vip} 80`, 'd hear')).toContain(vip)
    })
  })
})
