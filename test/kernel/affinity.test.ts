// SPDX-License-Identifier: Apache-2.0
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AffinityRecord } from '../../src/datapath/affinity.ts'
import { formatBackend } from '../../src/datapath/backend.ts'
import type { Image } from '../../src/datapath/image.ts'
import { lookup, recordAfter } from '../../src/datapath/lookup.ts'
import type { Endpoint, Service } from '../../src/spec/spec.ts'
import { compileAt } from '../build/compile.ts'
import { apply } from './balancing.ts'
import type { Call } from './dial.ts'
import { podBackend } from './hand-made.ts'
import { pod, service, specWith, vip } from './specs.ts'
import { describeKernel } from './suite.ts'
import { startTalker } from './talk.ts'
import { createWorld, type World } from './world.ts'

const PODS = ['p21', 'p22', 'p31', 'p32']
const CLIENTS = ['p11', 'p12', 'p13', 'p14', 'n1']
const NUMBERS = Array.from({ length: 10 }, (_, i) => i + 1)

/** Every kind of socket that can have a session. */
const WAYS = (['tcp', 'udp', 'sendto'] as const).flatMap(mode => ([4, 6] as const).map(family => ({ mode, family })))
const OVER_IPV4 = WAYS.filter(({ family }) => family === 4)

const vip6 = (n: number) => `fd00:96::${n.toString(16)}`
const pod6 = (name: string): Endpoint => ({ ...pod(name), address: podBackend(6, `${name}:8080`).address })

/**
 * Service n of specs.ts with affinity, in both families; beside TCP 80 it has UDP 53 and TCP 81, an external IP and node
 * ports.
 */
function sticky(n: number, affinitySeconds: number, ...pods: string[]): Service {
  const plain = service(n, ...pods)
  const names = ['http', 'dns', 'more']
  return {
    ...plain,
    affinitySeconds,
    clusterIPs: [vip(n), vip6(n)],
    externalIPs: [`203.0.113.${n}`],
    ports: [
      { name: 'http', port: 80, protocol: 'TCP', nodePort: 30000 + n, except: [] },
      { name: 'dns', port: 53, protocol: 'UDP', nodePort: 30000 + n, except: [] },
      { name: 'more', port: 81, protocol: 'TCP', nodePort: 31000 + n, except: [] },
    ],
    endpoints: plain.endpoints.map(({ endpoints }) => ({
      ports: names.map(name => ({ name, number: 8080 })),
      endpoints: [...endpoints, ...pods.map(pod6)],
    })),
  }
}

const call = (n: number, tries = 10): Call => ({ family: 4, mode: 'tcp', address: vip(n), port: 80, tries })
const callBy = (n: number, { mode, family }: (typeof WAYS)[number]): Call => {
  const to = { address: family === 4 ? vip(n) : vip6(n), port: mode === 'tcp' ? 80 : 53 }
  return { family, mode, tries: 10, ...to }
}
const UDP = NUMBERS.map(n => callBy(n, { mode: 'udp', family: 4 }))

describeKernel('session affinity', () => {
  let world: World
  beforeAll(async () => {
    world = await createWorld()
  })
  afterAll(() => world?.close())

  /** Who answered each call; several when they were not the same. */
  async function ask(from: string, calls: readonly Call[]): Promise<string[]> {
    const outcomes = await world.dial(from, calls)
    for (const { errors } of outcomes) expect(errors).toEqual({})
    return outcomes.map(o => Object.keys(o.identities).sort().join(' '))
  }
  const askAll = (from: string) =>
    ask(
      from,
      NUMBERS.map(n => call(n)),
    )
  const serve = (seconds: number, ...pods: string[]) =>
    apply(world, specWith(...NUMBERS.map(n => sticky(n, seconds, ...pods))), '--force')

  it('gives a network namespace one backend, and another namespace its own', async () => {
    await serve(60, ...PODS)
    const answers = new Map<string, string[]>()
    for (const from of CLIENTS) answers.set(from, await askAll(from))
    for (const [from, seen] of answers) {
      expect(seen.every(who => /^p\d\d:8080$/.test(who))).toBe(true)
      expect(await askAll(from)).toEqual(seen)
    }
    const different = NUMBERS.filter((_, i) => new Set([...answers.values()].map(seen => seen[i])).size > 1)
    expect(different.length).toBeGreaterThan(0)
  })

  it('is shared by all frontends of a service port, and by none of another', async () => {
    await serve(60, ...PODS)
    const everyWay = (n: number): Call[] => [
      call(n),
      { ...call(n), family: 46 },
      { ...call(n), address: `203.0.113.${n}` },
      { ...call(n), address: '192.168.50.1', port: 30000 + n },
      { ...call(n), address: '192.168.50.2', port: 30000 + n },
    ]
    const tcp = await ask('p11', NUMBERS.flatMap(everyWay))
    const perPort = NUMBERS.map((_, i) => tcp.slice(i * 5, i * 5 + 5))
    for (const seen of perPort) expect(new Set(seen).size).toBe(1)
    const others = await ask(
      'p11',
      NUMBERS.map(n => ({ ...call(n), port: 81 })),
    )
    expect(others).not.toEqual(perPort.map(([first]) => first))
  })

  it('holds for UDP, connected or not, over all sockets', async () => {
    await serve(60, ...PODS)
    const udp = NUMBERS.map(n => ({ ...call(n), port: 53, mode: 'udp' as const }))
    const connected = await ask('p11', udp)
    expect(connected.every(who => /^p\d\d:8080$/.test(who))).toBe(true)
    const [unconnected, mapped] = [
      await ask(
        'p11',
        udp.map(c => ({ ...c, mode: 'sendto' as const })),
      ),
      await ask(
        'p11',
        udp.map(c => ({ ...c, mode: 'sendto' as const, family: 46 as const })),
      ),
    ]
    expect(unconnected).toEqual(connected)
    expect(mapped).toEqual(connected)
  })

  it.each(WAYS)(
    '$mode over IPv$family: stays while the backend is in the list, is replaced when not, and the replaced does not return',
    async way => {
      const askAgain = () =>
        ask(
          'p11',
          NUMBERS.map(n => callBy(n, way)),
        )
      await serve(60, 'p21')
      expect(await askAgain()).toEqual(NUMBERS.map(() => 'p21:8080'))
      await serve(60, ...PODS)
      expect(await askAgain()).toEqual(NUMBERS.map(() => 'p21:8080'))
      await serve(60, 'p22', 'p31', 'p32')
      const second = await askAgain()
      expect(second.every(who => /^p(22|31|32):8080$/.test(who))).toBe(true)
      expect(await askAgain()).toEqual(second)
      await serve(60, ...PODS)
      expect(await askAgain()).toEqual(second)
    },
  )

  it.each(OVER_IPV4)('$mode: ends when its time has passed since the last new connection', async way => {
    await serve(2, ...PODS)
    const calls = NUMBERS.map(n => callBy(n, way))
    const first = await ask('p12', calls)
    for (let i = 0; i < 3; i++) {
      await sleep(1200)
      expect(await ask('p12', calls)).toEqual(first)
    }
    await sleep(2200)
    const later = await ask('p12', calls)
    expect(later).not.toEqual(first)
    expect(later.every(who => /^p\d\d:8080$/.test(who))).toBe(true)
    expect(await ask('p12', calls)).toEqual(later)
  })

  it('is prolonged by the datagrams of an unconnected socket', async () => {
    await serve(2, ...PODS)
    // Sockets of their own would choose otherwise.
    const first = await ask('p13', UDP)
    const talker = startTalker(world, 'p13')
    await talker.talk(...NUMBERS.map(n => `s${n} open 4 udp`))
    for (let i = 0; i < 6; i++) {
      const replies = await talker.talk(...NUMBERS.flatMap(n => [`s${n} sendto ${vip(n)} 53`, `s${n} hear`]))
      expect(replies.filter(reply => reply !== 'ok').map(answer => answer.split(' ')[0])).toEqual(first)
      await sleep(500)
    }
    talker.end()
  })

  it('is not prolonged by those of a connected one', async () => {
    await serve(2, ...PODS)
    const first = await ask('p14', UDP)
    const talker = startTalker(world, 'p14')
    await talker.talk(...NUMBERS.flatMap(n => [`s${n} open 4 udp`, `s${n} connect ${vip(n)} 53`]))
    for (let i = 0; i < 6; i++) {
      expect(new Set(await talker.talk(...NUMBERS.map(n => `s${n} send`)))).toEqual(new Set(['ok']))
      await sleep(500)
    }
    talker.end()
    expect(await ask('p14', UDP)).not.toEqual(first)
  })

  it('outlives a new generation of maps and programs', async () => {
    await serve(60, ...PODS)
    const before = await askAll('p11')
    const more = Array.from({ length: 1500 }, (_, i) => service(i + 300, 'p21'))
    const grown = specWith(...NUMBERS.map(n => sticky(n, 60, ...PODS)), ...more)
    expect(await apply(world, grown)).toContain('new maps and programs: ')
    expect(await askAll('p11')).toEqual(before)
  })
})

describeKernel('session affinity from nothing', () => {
  let world: World
  beforeAll(async () => {
    world = await createWorld()
  })
  afterAll(() => world?.close())

  it('gets room to remember when the first Service asks for it', async () => {
    await apply(world, specWith(service(1, ...PODS)))
    expect(await apply(world, specWith(sticky(1, 60, ...PODS)))).toContain('affinity needs room to remember')
    const first = await Promise.all(CLIENTS.map(from => world.dial(from, [call(1)])))
    const again = await Promise.all(CLIENTS.map(from => world.dial(from, [call(1)])))
    expect(again.map(([o]) => o!.identities)).toEqual(first.map(([o]) => o!.identities))
  })

  it('the twin says who may answer, whatever was remembered under whatever list', async () => {
    const records = new Map<number, AffinityRecord>()
    let held = 0
    for (let step = 0; step < 12; step++) {
      const services = NUMBERS.map(n => {
        const pods = PODS.filter(() => Math.random() < 0.6)
        return n % 5 ? sticky(n, 60, ...pods) : service(n, ...pods)
      })
      await apply(world, specWith(...services), '--force')
      const image = compileAt(specWith(...services), 'n1').image
      for (let round = 0; round < 2; round++) {
        const outcomes = await world.dial(
          'p13',
          NUMBERS.map(n => call(n, 1)),
        )
        for (const [i, { identities, errors }] of outcomes.entries()) {
          const [who] = [...Object.keys(identities), ...Object.keys(errors)]
          held += expectTwin(image, NUMBERS[i]!, who!, records)
        }
      }
    }
    expect(held).toBeGreaterThan(60)
  })
})

/** Holds what happened to what the twin allows, and remembers it; 1 when only one backend was allowed out of several. */
function expectTwin(image: Image, n: number, who: string, records: Map<number, AffinityRecord>): number {
  const dial = { address: vip(n), port: 80, protocol: 'TCP' } as const
  const now = process.hrtime.bigint()
  const verdict = lookup(image, dial, { record: records.get(n), now })
  if (verdict.kind !== 'forward') {
    expect(verdict, `Service ${n}`).toEqual({ kind: 'refuse', errno: who })
    return 0
  }
  expect(verdict.backends.map(formatBackend), `Service ${n}`).toContain(formatBackend(podBackend(4, who)))
  const kept = recordAfter(image, dial, podBackend(4, who), now)
  if (kept) records.set(n, kept)
  else records.delete(n)
  const anew = lookup(image, dial)
  return verdict.backends.length === 1 && anew.kind === 'forward' && anew.backends.length > 1 ? 1 : 0
}

describe("the twin's affinity", () => {
  const spec = (...pods: string[]) => compileAt(specWith(sticky(1, 60, ...pods)), 'n1').image
  const dial = { address: vip(1), port: 80, protocol: 'TCP' } as const
  const second = 1_000_000_000n

  it('counts for its seconds, the last one included', () => {
    const image = spec(...PODS)
    const chosen = podBackend(4, 'p22:8080')
    const record = recordAfter(image, dial, chosen, 5n)
    const allowed = (now: bigint) => lookup(image, dial, { record, now })
    expect(allowed(5n + 60n * second)).toEqual({ kind: 'forward', backends: [chosen] })
    expect(allowed(6n + 60n * second)).toEqual(lookup(image, dial))
  })

  it('counts under another list that has the backend, and under no other', () => {
    const record = recordAfter(spec(...PODS), dial, podBackend(4, 'p22:8080'), 0n)
    const allowed = (...pods: string[]) => lookup(spec(...pods), dial, { record, now: 0n })
    expect(allowed('p21', 'p22')).toEqual({ kind: 'forward', backends: [podBackend(4, 'p22:8080')] })
    expect(allowed('p21', 'p31')).toEqual(lookup(spec('p21', 'p31'), dial))
  })

  it.each([15, 16])('counts in a list of %i, wherever its backend stands in that', count => {
    const record = recordAfter(spec('p12', 'p22'), dial, podBackend(4, 'p22:8080'), 0n)
    const among = (...names: string[]) => {
      const more = Array.from({ length: count - 1 }, (_, i) => ({ ...pod('p11'), address: `10.244.1.${101 + i}` }))
      const [group] = sticky(1, 60, ...names).endpoints
      const endpoints = [...group!.endpoints, ...more]
      return compileAt(specWith({ ...sticky(1, 60), endpoints: [{ ...group!, endpoints }] }), 'n1').image
    }
    const allowed = (image: Image) => lookup(image, dial, { record, now: 0n })
    expect(allowed(among('p22'))).toEqual({ kind: 'forward', backends: [podBackend(4, 'p22:8080')] })
    expect(allowed(among('p21'))).toEqual(lookup(among('p21'), dial))
  })

  it('is not there for a port without it', () => {
    const image = compileAt(specWith(service(1, ...PODS)), 'n1').image
    expect(recordAfter(image, dial, podBackend(4, 'p22:8080'), 0n)).toBeUndefined()
  })
})
