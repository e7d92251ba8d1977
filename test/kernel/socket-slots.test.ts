// SPDX-License-Identifier: Apache-2.0
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { maps } from '../../src/datapath/layout.gen.ts'
import type { Service } from '../../src/spec/spec.ts'
import { apply } from './balancing.ts'
import { claimSlots, countClaims, freeSlots } from './slots.ts'
import { service, specWith, vip } from './specs.ts'
import { describeKernel } from './suite.ts'
import { startTalker, type Talker } from './talk.ts'
import { createWorld, type World } from './world.ts'

const BACKEND = '10.244.2.11 8080'
const SHOWN = `${vip(1)}:80`
/** The claim of some other socket. */
const OTHER = 0x5ea71

/** Where sockets keep their reverse-NAT entries (bpf/socket_slots.h). */
describeKernel('socket slots', () => {
  let world: World
  let client: Talker
  beforeAll(async () => {
    world = await createWorld()
    await apply(world, specWith(bothProtocols(service(1, 'p21')), bothProtocols(service(2, 'p31'))))
  })
  beforeEach(() => {
    claimSlots(world, 0)
    client = startTalker(world, 'p11')
  })
  afterEach(() => client.end())
  afterAll(() => world?.close())

  it.each(['tcp', 'udp'])('of %s are claimed by connect() and free again after close()', async mode => {
    const names = Array.from({ length: 20 }, (_, i) => `s${i}`)
    await client.talk(...names.flatMap(name => [`${name} open 4 ${mode}`, `${name} connect ${vip(1)} 80`]))
    expect(new Set(await client.talk(...names.map(name => `${name} peer`)))).toEqual(new Set([SHOWN]))
    expect(countClaims(world)).toBe(20)
    await client.talk(...names.map(name => `${name} open 4 ${mode}`))
    expect(countClaims(world)).toBe(0)
  })

  it('Multipath TCP shows a backend that it dials itself', async () => {
    const calls = ['s open 4 mptcp', `s connect ${vip(1)} 80`, 's unconnect', `s connect ${BACKEND}`, 's peer']
    expect((await client.talk(...calls)).at(-1)).toBe('10.244.2.11:8080')
  })

  it('are not claimed by Multipath TCP, whose subflows close without a hook', async () => {
    const replies = await client.talk('s open 4 mptcp', `s connect ${vip(1)} 80`, 's peer')
    expect(replies.at(-1)).toBe(SHOWN)
    expect(countClaims(world)).toBe(0)
  })

  it('of unconnected UDP are claimed by a datagram to a Service and free again after close()', async () => {
    const names = Array.from({ length: 20 }, (_, i) => `d${i}`)
    const calls = names.flatMap(name => [`${name} open 4 udp`, `${name} sendto ${vip(1)} 80`, `${name} hear`])
    const heard = (await client.talk(...calls)).filter(reply => reply !== 'ok')
    expect(new Set(heard)).toEqual(new Set([`p21:8080 ${SHOWN}`]))
    expect(countClaims(world)).toBe(20)
    await client.talk(...names.map(name => `${name} open 4 udp`))
    expect(countClaims(world)).toBe(0)
  })

  it('when all are taken, unconnected UDP still hears from its original destination', async () => {
    claimSlots(world, OTHER)
    const calls = ['d open 4 udp', `d sendto ${vip(1)} 80`, 'd hear', `d sendto ${BACKEND}`, 'd hear']
    const replies = await client.talk(...calls)
    expect(replies.filter(r => r !== 'ok')).toEqual([`p21:8080 ${SHOWN}`, 'p21:8080 10.244.2.11:8080'])
    expect(countClaims(world)).toBe(maps.socket_slots.maxEntries)
  })

  it('that were taken by others and are free now do not hide entries in socket storage', async () => {
    claimSlots(world, OTHER)
    await client.talk('s open 4 udp', `s connect ${vip(1)} 80`)
    freeSlots(world)
    expect(await client.talk('s peer', `s connect ${vip(2)} 80`, 's peer')).toEqual([SHOWN, 'ok', `${vip(2)}:80`])
    expect(countClaims(world)).toBe(1)
  })

  it('are not claimed for destinations that are none of ours', async () => {
    await client.talk('u open 4 udp', `u connect ${BACKEND}`, 't open 4 tcp', `t connect ${BACKEND}`)
    await client.talk('d open 4 udp', `d sendto ${BACKEND}`, 'd hear')
    expect(countClaims(world)).toBe(0)
  })

  it.each(['tcp', 'udp'])('of %s are kept by a socket that connects again', async mode => {
    const replies = await client.talk(
      `s open 4 ${mode}`,
      `s connect ${vip(1)} 80`,
      's unconnect',
      `s connect ${vip(2)} 80`,
      's peer',
    )
    expect(replies.at(-1)).toBe(`${vip(2)}:80`)
    expect(countClaims(world)).toBe(1)
  })

  it('do not bind a socket to one backend: each connect() chooses anew', async () => {
    const pods = [['p21'], ['p31'], ['p21', 'p31']]
    await apply(world, specWith(...pods.map((names, i) => bothProtocols(service(i + 1, ...names)))))
    const calls = Array.from({ length: 40 }, () => [`s connect ${vip(3)} 80`, 's send', 's hear']).flat()
    const heard = (await client.talk('s open 4 udp', ...calls)).filter(reply => reply !== 'ok')
    const by = (pod: string) => heard.filter(reply => reply.startsWith(pod)).length
    expect([by('p21') > 8, by('p31') > 8, heard.length]).toEqual([true, true, 40])
  })

  it.each(['tcp', 'udp'])(
    'of %s are kept by a socket that connects to its backend itself, and shows that',
    async mode => {
      const replies = await client.talk(
        `s open 4 ${mode}`,
        `s connect ${vip(1)} 80`,
        's unconnect',
        `s connect ${BACKEND}`,
        's peer',
      )
      expect(replies.at(-1)).toBe('10.244.2.11:8080')
      expect(countClaims(world)).toBe(1)
    },
  )

  it.each(['tcp', 'udp'])(
    'when all are taken, %s still shows its original destination, and forgets it as well',
    async mode => {
      claimSlots(world, OTHER)
      const replies = await client.talk(
        `s open 4 ${mode}`,
        `s connect ${vip(1)} 80`,
        's peer',
        's unconnect',
        `s connect ${BACKEND}`,
        's peer',
      )
      expect(replies.filter(r => r !== 'ok')).toEqual([SHOWN, '10.244.2.11:8080'])
      expect(countClaims(world)).toBe(maps.socket_slots.maxEntries)
    },
  )
})

function bothProtocols(tcp: Service): Service {
  const [port] = tcp.ports
  const [slice] = tcp.endpoints
  return {
    ...tcp,
    ports: [
      { ...port!, name: 'http' },
      { ...port!, name: 'udp', protocol: 'UDP' },
    ],
    endpoints: [{ ...slice!, ports: ['http', 'udp'].map(name => ({ name, number: 8080 })) }],
  }
}
