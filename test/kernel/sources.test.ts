// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from 'node:child_process'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Service, Spec } from '../../src/spec/spec.ts'
import { apply } from './balancing.ts'
import type { Call, Outcome } from './dial.ts'
import { service, specWith } from './specs.ts'
import { describeKernel } from './suite.ts'
import { startTalker, type Talker } from './talk.ts'
import { createWorld, type World } from './world.ts'

/** Load balancer addresses in front of p21, which answers; the cluster IP of the same Service is open to all. */
const VIP = { 4: '198.18.0.1', 6: 'fd00:1b::1', 46: '198.18.0.1' }
const CLUSTER_IP = '10.96.0.1'
const P11 = ['10.244.1.11/32', 'fd00:244:1::11/128']
const N1 = ['192.168.50.0/24', 'fd00:50::/64']
const NOBODY = ['203.0.113.0/24', '2001:db8::/32']

function ranged(...sourceRanges: string[]): Service {
  const plain = service(1, 'p21')
  const endpoint = plain.endpoints[0]!.endpoints[0]!
  const names = ['tcp', 'udp']
  return {
    ...plain,
    clusterIPs: [CLUSTER_IP, 'fd00:96::1'],
    loadBalancerIPs: [VIP[4], VIP[6]],
    sourceRanges,
    ports: names.map(name => ({ name, port: 80, protocol: name.toUpperCase() as 'TCP', except: [] })),
    endpoints: [
      {
        ports: names.map(name => ({ name, number: 8080 })),
        endpoints: ['10.244.2.11', 'fd00:244:2::11'].map(address => ({ ...endpoint, address })),
      },
    ],
  }
}

const CALLS: Call[] = (['tcp', 'udp', 'sendto'] as const).flatMap(mode =>
  ([4, 6, 46] as const).map(family => ({ family, mode, address: VIP[family], port: 80, tries: 2, timeoutMs: 5000 })),
)
const served = ({ identities, errors }: Outcome) => identities['p21:8080'] === 2 && Object.keys(errors).length === 0
const silent = ({ identities, errors }: Outcome) => Object.keys(identities).length === 0 && errors.ETIMEDOUT === 2

describeKernel('source ranges', () => {
  let world: World
  let client: Talker
  const use = (spec: Spec) => apply(world, spec, '--force')
  beforeAll(async () => {
    world = await createWorld()
  })
  beforeEach(() => {
    client = startTalker(world, 'p11')
  })
  afterEach(() => client.end())
  afterAll(() => world?.close())

  describe('who may enter', () => {
    it.each([
      ['the pod', P11, served],
      ['the pod among others', [...NOBODY, ...P11], served],
      ['all', ['0.0.0.0/0', '::/0'], served],
      ['others', NOBODY, silent],
      ['the node, not the pod', N1, silent],
    ])('a pod where the ranges hold %s', async (_, ranges, met) => {
      await use(specWith(ranged(...ranges)))
      // To be silent takes as long as it is waited for.
      const calls = CALLS.map(call => (met === silent ? { ...call, timeoutMs: 500 } : call))
      const outcomes = await world.dial('p11', calls)
      expect(outcomes.filter(outcome => !met(outcome))).toEqual([])
    })

    it('the node shows its own address, whatever address leads to the backend', async () => {
      await use(specWith(ranged(...N1)))
      expect((await world.dial('n1', CALLS)).filter(outcome => !served(outcome))).toEqual([])
      await use(specWith(ranged(...P11)))
      for (const { errors } of await world.dial('n1', CALLS)) expect(errors).toEqual({ EHOSTUNREACH: 2 })
    })

    it('ranges of one family say nothing of the other', async () => {
      await use(specWith(ranged(NOBODY[0]!)))
      const calls = CALLS.map(call => (call.family === 6 ? call : { ...call, timeoutMs: 500 }))
      const outcomes = await world.dial('p11', calls)
      expect(outcomes.map(served)).toEqual(CALLS.map(({ family }) => family === 6))
    })

    it('the cluster IP of the same Service stays open, also for a socket that was denied', async () => {
      await use(specWith(ranged(...NOBODY)))
      const replies = await client.talk(
        's open 4 udp',
        `s sendto ${VIP[4]} 80`,
        's hear',
        `s sendto ${CLUSTER_IP} 80`,
        's hear',
        `s sendto ${VIP[4]} 80`,
        's hear',
        's sendto 10.244.2.11 8080',
        's hear',
      )
      expect(replies.filter(r => r !== 'ok')).toEqual([
        'EAGAIN',
        `p21:8080 ${CLUSTER_IP}:80`,
        'EAGAIN',
        'p21:8080 10.244.2.11:8080',
      ])
    })
  })

  it('a TCP socket that was denied may go elsewhere', async () => {
    await use(specWith(ranged(...NOBODY)))
    const replies = await client.talk(
      's open 4 tcp',
      's set nonblocking',
      `s connect ${VIP[4]} 80`,
      's unconnect',
      's connect 10.244.3.11 8080',
      's wait',
      's peer',
    )
    expect(replies).toEqual(['ok', 'ok', 'EINPROGRESS', 'ok', 'EINPROGRESS', 'ok', '10.244.3.11:8080'])
  })

  it.each(['hop-options', 'destination-options'])('%s of IPv6 hide no datagram', async option => {
    const from = async (ranges: string[]) => {
      await use(specWith(ranged(...ranges)))
      const open = [`s open 6 udp`, `s set ${option}`]
      const sent = await client.talk(...open, `s sendto ${VIP[6]} 80`, 's hear')
      const connected = await client.talk(...open, `s connect ${VIP[6]} 80`, 's send', 's hear')
      return [...sent, ...connected].filter(reply => reply !== 'ok')
    }
    expect(await from(P11)).toEqual([`p21:8080 [${VIP[6]}]:80`, `p21:8080 [${VIP[6]}]:80`])
    expect(await from(NOBODY)).toEqual(['EAGAIN', 'EAGAIN'])
  })

  describe('while they change', () => {
    it('a connection that is there stays, a new one is dropped', async () => {
      await use(specWith(ranged(...P11)))
      const talk = ['t open 4 udp', `t connect ${VIP[4]} 80`, 't send', 't hear']
      expect((await client.talk(...talk)).at(-1)).toBe(`p21:8080 ${VIP[4]}:80`)
      await use(specWith(ranged(...NOBODY)))
      expect((await client.talk('t send', 't hear')).at(-1)).toBe(`p21:8080 ${VIP[4]}:80`)
      expect((await client.talk(...talk.map(call => call.replace('t ', 'u ')))).at(-1)).toBe('EAGAIN')
      // The same socket, connected once more.
      expect((await client.talk(...talk.slice(1))).at(-1)).toBe('EAGAIN')
    })

    it('a socket that waits outside gets in when the frontend gets another set', async () => {
      await use(specWith(ranged(...NOBODY)))
      const calls = ['s open 4 udp', `s connect ${VIP[4]} 80`, 's send', 's hear']
      expect((await client.talk(...calls)).at(-1)).toBe('EAGAIN')
      await use(specWith(ranged(...NOBODY, ...P11)))
      expect((await client.talk('s send', 's hear')).at(-1)).toBe(`p21:8080 ${VIP[4]}:80`)
    })

    it('packets are looked at only while a frontend has ranges', async () => {
      await use(specWith(ranged(...P11)))
      expect(hooks()).toContain('cgroup_inet_egress')
      await use(specWith(ranged()))
      expect(hooks()).not.toContain('cgroup_inet_egress')
      await use(specWith(ranged(...P11)))
      expect(hooks()).toContain('cgroup_inet_egress')
    })
  })

  function hooks(): string[] {
    const shown = JSON.parse(execFileSync('bpftool', ['-j', 'cgroup', 'show', world.cgroup], { encoding: 'utf8' }))
    return (shown as { attach_type: string }[]).map(p => p.attach_type)
  }
})
