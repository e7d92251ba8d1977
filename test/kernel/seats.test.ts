import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { maps } from '../../src/datapath/layout.gen.ts'
import type { Service } from '../../src/spec/spec.ts'
import { apply } from './balancing.ts'
import { countOwners, vacateSeats, writeOwners } from './owners.ts'
import { service, specWith, vip } from './specs.ts'
import { describeKernel } from './suite.ts'
import { startTalker, type Talker } from './talk.ts'
import { createWorld, type World } from './world.ts'

const BACKEND = '10.244.2.11 8080'
const SHOWN = `${vip(1)}:80`
const STRANGER = 0x5ea7

/** Where connected sockets keep what they dialled (bpf/seats.h). */
describeKernel('seats', () => {
  let world: World
  let client: Talker
  beforeAll(async () => {
    world = await createWorld()
    await apply(world, specWith(bothProtocols(service(1, 'p21')), bothProtocols(service(2, 'p31'))))
  })
  beforeEach(() => {
    writeOwners(world, 0)
    client = startTalker(world, 'p11')
  })
  afterEach(() => client.end())
  afterAll(() => world?.close())

  it.each(['tcp', 'udp'])('of %s are taken by connect() and free again after close()', async mode => {
    const names = Array.from({ length: 20 }, (_, i) => `s${i}`)
    await client.talk(...names.flatMap(name => [`${name} open 4 ${mode}`, `${name} connect ${vip(1)} 80`]))
    expect(new Set(await client.talk(...names.map(name => `${name} peer`)))).toEqual(new Set([SHOWN]))
    expect(countOwners(world)).toBe(20)
    await client.talk(...names.map(name => `${name} open 4 ${mode}`))
    expect(countOwners(world)).toBe(0)
  })

  it('Multipath TCP shows a backend that it dials itself', async () => {
    const calls = ['s open 4 mptcp', `s connect ${vip(1)} 80`, 's unconnect', `s connect ${BACKEND}`, 's peer']
    expect((await client.talk(...calls)).at(-1)).toBe('10.244.2.11:8080')
  })

  it('are not taken by Multipath TCP, whose subflows are not seen to close', async () => {
    const replies = await client.talk('s open 4 mptcp', `s connect ${vip(1)} 80`, 's peer')
    expect(replies.at(-1)).toBe(SHOWN)
    expect(countOwners(world)).toBe(0)
  })

  it('of unconnected UDP are taken by a datagram to a Service and free again after close()', async () => {
    const names = Array.from({ length: 20 }, (_, i) => `d${i}`)
    const calls = names.flatMap(name => [`${name} open 4 udp`, `${name} sendto ${vip(1)} 80`, `${name} hear`])
    const heard = (await client.talk(...calls)).filter(reply => reply !== 'ok')
    expect(new Set(heard)).toEqual(new Set([`p21:8080 ${SHOWN}`]))
    expect(countOwners(world)).toBe(20)
    await client.talk(...names.map(name => `${name} open 4 udp`))
    expect(countOwners(world)).toBe(0)
  })

  it('when all are taken, unconnected UDP hears from what it dialled all the same', async () => {
    writeOwners(world, STRANGER)
    const calls = ['d open 4 udp', `d sendto ${vip(1)} 80`, 'd hear', `d sendto ${BACKEND}`, 'd hear']
    const replies = await client.talk(...calls)
    expect(replies.filter(r => r !== 'ok')).toEqual([`p21:8080 ${SHOWN}`, 'p21:8080 10.244.2.11:8080'])
    expect(countOwners(world)).toBe(maps.seats.maxEntries)
  })

  it('that were taken by others and are free now do not hide what is stored', async () => {
    writeOwners(world, STRANGER)
    await client.talk('s open 4 udp', `s connect ${vip(1)} 80`)
    vacateSeats(world)
    expect(await client.talk('s peer', `s connect ${vip(2)} 80`, 's peer')).toEqual([SHOWN, 'ok', `${vip(2)}:80`])
    expect(countOwners(world)).toBe(1)
  })

  it('are not taken to dial what is none of ours', async () => {
    await client.talk('u open 4 udp', `u connect ${BACKEND}`, 't open 4 tcp', `t connect ${BACKEND}`)
    await client.talk('d open 4 udp', `d sendto ${BACKEND}`, 'd hear')
    expect(countOwners(world)).toBe(0)
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
    expect(countOwners(world)).toBe(1)
  })

  it('do not bind a socket to one backend: each connect() chooses anew', async () => {
    const pods = [['p21'], ['p31'], ['p21', 'p31']]
    await apply(world, specWith(...pods.map((names, i) => bothProtocols(service(i + 1, ...names)))))
    const calls = Array.from({ length: 40 }, () => [`s connect ${vip(3)} 80`, 's send', 's hear']).flat()
    const heard = (await client.talk('s open 4 udp', ...calls)).filter(reply => reply !== 'ok')
    const by = (pod: string) => heard.filter(reply => reply.startsWith(pod)).length
    expect([by('p21') > 8, by('p31') > 8, heard.length]).toEqual([true, true, 40])
  })

  it.each(['tcp', 'udp'])('of %s are left by a socket that connects past us', async mode => {
    const replies = await client.talk(
      `s open 4 ${mode}`,
      `s connect ${vip(1)} 80`,
      's unconnect',
      `s connect ${BACKEND}`,
      's peer',
    )
    expect(replies.at(-1)).toBe('10.244.2.11:8080')
    expect(countOwners(world)).toBe(0)
  })

  it.each(['tcp', 'udp'])(
    'when all are taken, %s shows what it dialled all the same, and forgets it as well',
    async mode => {
      writeOwners(world, STRANGER)
      const replies = await client.talk(
        `s open 4 ${mode}`,
        `s connect ${vip(1)} 80`,
        's peer',
        's unconnect',
        `s connect ${BACKEND}`,
        's peer',
      )
      expect(replies.filter(r => r !== 'ok')).toEqual([SHOWN, '10.244.2.11:8080'])
      expect(countOwners(world)).toBe(maps.seats.maxEntries)
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
