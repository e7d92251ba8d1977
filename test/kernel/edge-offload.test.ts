// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Family } from '../../src/base/address.ts'
import type { Protocol } from '../../src/base/protocol.ts'
import { ethernet, tagged } from '../packets/ethernet.ts'
import { udp } from '../packets/transport.ts'
import { dualService, inFamily, text } from './edge-rig.ts'
import { atPort, ECHO_PORT, EdgeNode, routeOutside, routeServices, startEchoes } from './edge-world.ts'
import { type Peer, transfer } from './peers.ts'
import { sendFrames } from './raw.ts'
import { service } from './specs.ts'
import { describeKernel } from './suite.ts'
import { startTalker, type Talker } from './talk.ts'
import { createWorld, type World } from './world.ts'

const FAMILIES: Family[] = [4, 6]
const SEGMENTS = 20

/**
 * Clients and pods leave their checksums, and the cutting of what they send, to their devices. Those of the node do neither: the
 * kernel completes each checksum from what our programs left of it, and the other side verifies that.
 */
describeKernel('packets whose checksums and segments are left to devices', () => {
  let world: World
  let n1: EdgeNode
  let x1: Talker
  const peers: Peer[] = []
  beforeAll(async () => {
    world = await createWorld()
    for (const device of ['eth0', 'p11', 'p12'])
      execFileSync('ip', ['netns', 'exec', world.netns('n1'), 'ethtool', '-K', device, 'tx', 'off'], {
        stdio: 'ignore',
      })
    routeServices(world, 'x1', 'n1')
    for (const node of ['n1', 'n2']) routeOutside(world, node)
    n1 = new EdgeNode(world, 'n1')
    x1 = startTalker(world, 'x1', { cgroup: '-' })
    peers.push(...(await startEchoes(world, ['p12', '10.244.1.12'], ['n2', '10.244.2.12'])))
  })
  afterAll(async () => {
    for (const peer of peers) peer.end()
    x1?.end()
    await world?.close()
  })

  const one = (protocol: Protocol, ...pods: string[]) => dualService(service(1, ...pods), protocol)

  describe.each(FAMILIES)('IPv%d', family => {
    const vip = inFamily(family, '203.0.113.1')

    it.each(['p12', 'p22'])('a megabyte to %s and back', async name => {
      n1.serve(atPort(ECHO_PORT, one('TCP', name)))
      expect(await transfer(world, 'x1', vip, 80, 1 << 20)).toBe('ok')
    })

    it.each(['p12', 'p22'])('a datagram to %s and back', async name => {
      n1.serve(one('UDP', name))
      const calls = [`u open ${family} udp`, `u connect ${vip} 80`, 'u send', 'u hear']
      expect((await x1.talk(...calls)).at(-1)).toMatch(new RegExp(`^${name}:8080 `))
    })

    it.each(['p12', 'p22'])('datagrams to %s that the device cuts from one', async name => {
      n1.serve(one('UDP', name))
      const hearing = Array.from({ length: SEGMENTS }, () => 's hear')
      const calls = [`s open ${family} udp`, `s connect ${vip} 80`, `s send-segments ${SEGMENTS}`, ...hearing]
      const heard = (await x1.talk(...calls)).slice(-SEGMENTS)
      expect(heard).toEqual(hearing.map(() => `${name}:8080 ${text({ address: vip, port: 80 })}`))
    })

    it.each(['TCP', 'UDP'] as const)('a %s client is refused', async protocol => {
      n1.serve(one(protocol))
      const mode = protocol === 'TCP' ? 'tcp' : 'udp'
      // The first answer may come before connect() has let go of the socket: then the kernel waits for that to its next SYN.
      const [outcome] = await world.dial('x1', [{ family, mode, address: vip, port: 80, timeoutMs: 3000 }], '-')
      expect(outcome!.errors).toEqual({ ECONNREFUSED: 1 })
    })

    it.each([
      [0, 'is served: it has a priority, and is of no VLAN'],
      [5, 'is left to the device of its VLAN'],
    ])('a frame with the VLAN number %d %s', async number => {
      n1.serve(one('UDP', 'p12'))
      const from = { address: inFamily(family, '192.168.50.100'), port: 47_000 + number }
      const packet = udp({ from, to: { address: vip, port: 80 }, data: Uint8Array.of(63) })
      const frame = tagged(ethernet(packet, macOf('n1'), macOf('x1')), (5 << 13) | number)
      await x1.talk(`v open ${family} udp`, `v bind ${from.address} ${from.port}`)
      sendFrames(world, 'x1', 'eth0', [frame])
      const heard = (await x1.talk('v hear')).at(-1)
      expect(heard).toBe(number === 0 ? `p12:8080 ${text({ address: vip, port: 80 })}` : 'EAGAIN')
    })

    it('the refusal of a frame with a priority finds its client', async () => {
      n1.serve(one('UDP'))
      const from = { address: inFamily(family, '192.168.50.100'), port: 47_100 }
      const packet = udp({ from, to: { address: vip, port: 80 }, data: Uint8Array.of(63) })
      await x1.talk(`w open ${family} udp`, `w bind ${from.address} ${from.port}`, `w connect ${vip} 80`)
      sendFrames(world, 'x1', 'eth0', [tagged(ethernet(packet, macOf('n1'), macOf('x1')), 5 << 13)])
      expect((await x1.talk('w hear')).at(-1)).toBe('ECONNREFUSED')
    })
  })

  const macOf = (party: string): Uint8Array<ArrayBuffer> => {
    const command = ['netns', 'exec', world.netns(party), 'cat', '/sys/class/net/eth0/address']
    const address = execFileSync('ip', command, { encoding: 'utf8' })
    return Uint8Array.from(address.trim().split(':'), part => Number.parseInt(part, 16))
  }
})
