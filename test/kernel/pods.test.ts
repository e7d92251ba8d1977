// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Family } from '../../src/base/address.ts'
import type { Protocol } from '../../src/base/protocol.ts'
import type { Service } from '../../src/spec/spec.ts'
import { apply, inside, run } from './balancing.ts'
import type { Call, Outcome } from './dial.ts'
import { dualService, inFamily } from './edge-rig.ts'
import { routeOutside, routeServices, withoutOffload } from './edge-world.ts'
import { bridgePods } from './pods-world.ts'
import { service, specWith } from './specs.ts'
import { describeKernel } from './suite.ts'
import { INVALID_DROP } from './topologies/shape.ts'
import { createWorld, type World } from './world.ts'

const CASES: [Family, Protocol][] = [
  [4, 'TCP'],
  [4, 'UDP'],
  [6, 'TCP'],
  [6, 'UDP'],
]

/** p11 and p12 have a routed veth each; p13 and p14 are ports of the bridge cni0. */
const CLIENTS: [string, string, string][] = [
  ['a pod with a routed veth', 'p11', '10.244.1.11'],
  ['a pod at a port of a bridge', 'p13', '10.244.1.13'],
]

const PODS = ['--device', 'eth0', '--pods', 'p1?']

describeKernel('pods that no cgroup hook meets', () => {
  let world: World
  beforeAll(async () => {
    world = await createWorld()
    withoutOffload(world)
    bridgePods(world, 'n1', 'cni0', ['p13', 'p14'])
    routeServices(world, 'x1', 'n1')
    routeOutside(world, 'n1')
    for (const scope of ['all', 'default', 'eth0', 'p11', 'p12', 'cni0'])
      onNode('sh', '-c', `echo 1 > /proc/sys/net/ipv4/conf/${scope}/rp_filter`)
  })
  afterAll(async () => {
    if (!world) return
    const { code, stderr } = await run(['cleanup', '--force', ...inside(world)], { netns: world.netns('n1') })
    const left = ['eth0', 'p11', 'p13'].map(device => onNode('tc', 'filter', 'show', 'dev', device, 'ingress'))
    await world.close()
    expect([code, stderr, left]).toEqual([0, '', ['', '', '']])
  })

  function onNode(...command: string[]): string {
    const words = [`--net=/run/netns/${world.netns('n1')}`, ...command]
    return execFileSync('nsenter', words, { encoding: 'utf8' }).trim()
  }

  const serve = (...services: Service[]) => apply(world, specWith(...services), ...PODS)

  it.each([
    [1, { 'p14:8080': 1 }],
    [0, { ETIMEDOUT: 1 }],
  ])(
    'a rule that drops what is invalid, and pods of one bridge, with bridge-nf-call-iptables=%d',
    async (value, expected) => {
      await serve(dualService(service(1, 'p14'), 'TCP'))
      onNode('sysctl', '-qw', `net.bridge.bridge-nf-call-iptables=${value}`)
      for (const command of INVALID_DROP) onNode('nft', command)
      try {
        const call: Call = { family: 4, mode: 'tcp', address: '10.96.0.1', port: 80, timeoutMs: 700 }
        const [outcome] = await world.dial('p13', [call], '-')
        expect({ ...outcome!.identities, ...outcome!.errors }).toEqual(expected)
      } finally {
        onNode('nft', 'flush', 'ruleset')
        onNode('sysctl', '-qw', 'net.bridge.bridge-nf-call-iptables=1')
      }
    },
  )

  describe.each(CLIENTS)('%s', (_, pod, address4) => {
    describe.each(CASES)('IPv%d, %s', (family, protocol) => {
      const at = (address: string) => inFamily(family, address)
      const clusterIP = at('10.96.0.1')
      const call = (address: string, port: number, more: Partial<Call> = {}): Call => ({
        family,
        mode: protocol === 'TCP' ? 'tcp' : 'udp',
        address,
        port,
        timeoutMs: 2000,
        ...more,
      })
      /** No cgroup program meets these sockets. */
      const dial = (...calls: Call[]): Promise<Outcome[]> => world.dial(pod, calls, '-')
      const one = (...pods: string[]) => dualService(service(1, ...pods), protocol)

      it('gets backends here, at the bridge and elsewhere, and keeps its address, wherever a frontend is called', async () => {
        await serve(one('p12', 'p14', 'p22'))
        const places = [
          [clusterIP, 80],
          [at('203.0.113.1'), 80],
          [at('192.168.50.1'), 30_001],
          [at('192.168.50.2'), 30_001],
        ] as const
        const outcomes = await dial(...places.map(([address, port]) => call(address, port, { tries: 40 })))
        for (const { identities, clients, errors } of outcomes) {
          expect(errors).toEqual({})
          expect(Object.keys(identities).sort()).toEqual(['p12:8080', 'p14:8080', 'p22:8080'])
          expect(clients).toEqual({ [at(address4)]: 40 })
        }
      })

      it('gets itself, and a process of the node', async () => {
        await serve(one(pod))
        const [itself] = await dial(call(clusterIP, 80, { tries: 5 }))
        expect(itself).toMatchObject({ identities: { [`${pod}:8080`]: 5 }, errors: {} })
        const base = one('p12')
        const host = { ...base.endpoints[0]!.endpoints[0]!, address: at('192.168.50.1') }
        await serve({ ...base, endpoints: [{ ports: [{ name: 'http', number: 8080 }], endpoints: [host] }] })
        const [process] = await dial(call(clusterIP, 80, { tries: 5 }))
        expect(process).toMatchObject({ identities: { 'n1:8080': 5 }, clients: { [at(address4)]: 5 }, errors: {} })
      })

      it('is refused without an endpoint, at an unknown port, and where the backend refuses', async () => {
        await serve(one(), { ...dualService(service(2, 'p14', 'p22'), protocol), endpoints: deaf('p14', 'p22') })
        const places = [
          [clusterIP, 80],
          [clusterIP, 99],
          [at('192.168.50.1'), 30_001],
          [at('192.168.50.2'), 30_001],
          [at('10.96.0.2'), 80],
        ] as const
        const outcomes = await dial(...places.map(([address, port]) => call(address, port, { timeoutMs: 4000 })))
        expect(outcomes.map(({ errors }) => errors)).toEqual(outcomes.map(() => ({ ECONNREFUSED: 1 })))
      })

      it('gets the internal list: policy Local drops without an endpoint here, and affinity keeps one backend', async () => {
        await serve({ ...one('p22'), internalTrafficPolicy: 'Local' })
        const [none] = await dial(call(clusterIP, 80, { timeoutMs: 300 }))
        expect(none!.errors).toEqual({ ETIMEDOUT: 1 })
        await serve({ ...one('p22'), externalTrafficPolicy: 'Local' })
        const [elsewhere, decidedThere] = await dial(call(at('203.0.113.1'), 80), call(at('192.168.50.2'), 30_001))
        expect(elsewhere).toMatchObject({ identities: { 'p22:8080': 1 }, errors: {} })
        // The other node has no programs, and nothing listens there.
        expect(decidedThere!.errors).toEqual({ ECONNREFUSED: 1 })
        await serve({ ...one('p11', 'p12', 'p14', 'p22', 'p23'), affinitySeconds: 60 })
        const [sticky] = await dial(call(clusterIP, 80, { tries: 20 }))
        expect([Object.keys(sticky!.identities).length, sticky!.errors]).toEqual([1, {}])
      })

      it('hears from a client outside itself, which came by an edge', async () => {
        await serve(one(pod))
        const [outcome] = await world.dial('x1', [call(at('203.0.113.1'), 80, { tries: 5 })], '-')
        const client = at('192.168.50.100')
        expect(outcome).toMatchObject({ identities: { [`${pod}:8080`]: 5 }, clients: { [client]: 5 }, errors: {} })
      })
    })

    it.each([4, 6] as const)('IPv%d: learns the MTU on the way to its backend', async family => {
      const at = (address: string) => inFamily(family, address)
      await serve(dualService(service(1, 'p22'), 'UDP'))
      const [range, via] = family === 4 ? ['10.244.2.0/24', '192.168.50.2'] : ['fd00:244:2::/64', 'fd00:50::2']
      onNode('ip', 'route', 'replace', range, 'via', via, 'mtu', '1300')
      try {
        const send = `const s = require('dgram').createSocket('udp${family}'); s.send(Buffer.alloc(1400), 80, '${at('10.96.0.1')}', () => setTimeout(() => s.close(), 50))`
        const mtu = () => {
          inPod('node', '-e', send)
          return inPod('ip', 'route', 'get', at('10.96.0.1'))
        }
        await expect.poll(mtu, { timeout: 10_000 }).toContain('mtu 1300')
      } finally {
        onNode('ip', 'route', 'replace', range, 'via', via)
      }
      function inPod(...command: string[]): string {
        return execFileSync('nsenter', [`--net=/run/netns/${world.netns(pod)}`, ...command], { encoding: 'utf8' })
      }
    })
  })

  /** Nothing listens on the port of these endpoints. */
  function deaf(...pods: string[]): Service['endpoints'] {
    return dualService(service(2, ...pods), 'TCP').endpoints.map(group => ({
      ...group,
      ports: [{ name: 'http', number: 9 }],
    }))
  }
})
