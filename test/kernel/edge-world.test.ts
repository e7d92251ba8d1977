// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Family } from '../../src/base/address.ts'
import type { Protocol } from '../../src/base/protocol.ts'
import type { Call, Outcome } from './dial.ts'
import { dualService, inFamily } from './edge-rig.ts'
import { EdgeNode, routeOutside, routeServices, withoutOffload } from './edge-world.ts'
import { datagrams, startEcho, transfer } from './peers.ts'
import { service } from './specs.ts'
import { describeKernel } from './suite.ts'
import { createWorld, type World } from './world.ts'

const CASES: [Family, Protocol][] = [
  [4, 'TCP'],
  [4, 'UDP'],
  [6, 'TCP'],
  [6, 'UDP'],
]

/** As firewalls have it: what conntrack saw only one side of is dropped. */
const CONNTRACK = `table inet strict {
  counter invalid {}
  chain forward { type filter hook forward priority 0; ct state invalid counter name invalid drop; }
  chain input { type filter hook input priority 0; ct state invalid counter name invalid drop; }
}`

describeKernel('a node with an edge', () => {
  let world: World
  let n1: EdgeNode
  beforeAll(async () => {
    world = await createWorld()
    withoutOffload(world)
    routeServices(world, 'x1', 'n1')
    routeOutside(world, 'n1')
    n1 = new EdgeNode(world, 'n1')
    for (const scope of ['all', 'default', 'eth0', 'p11'])
      n1.run('sh', '-c', `echo 1 > /proc/sys/net/ipv4/conf/${scope}/rp_filter`)
  })
  afterAll(() => world?.close())
  beforeEach(() => n1.programs.forgetForGood())

  describe.each(['without conntrack', 'with conntrack, which drops what is invalid'])('%s', mode => {
    const strict = mode !== 'without conntrack'
    beforeAll(() => {
      if (strict) n1.run('nft', CONNTRACK)
    })
    afterAll(() => {
      if (!strict) return
      expect(n1.run('nft', 'list', 'counter', 'inet', 'strict', 'invalid')).toContain('packets 0 ')
      n1.run('nft', 'delete', 'table', 'inet', 'strict')
    })

    describe.each(CASES)('IPv%d, %s', (family, protocol) => {
      const x1 = inFamily(family, '192.168.50.100')
      const node = inFamily(family, '192.168.50.1')
      const vip = inFamily(family, '203.0.113.1')
      const call = (address: string, port: number, more: Partial<Call> = {}): Call => ({
        family,
        mode: protocol === 'TCP' ? 'tcp' : 'udp',
        address,
        port,
        timeoutMs: 1000,
        ...more,
      })
      const dial = async (...calls: Call[]): Promise<Outcome[]> => world.dial('x1', calls, '-')
      const one = (...pods: string[]) => dualService(service(1, ...pods), protocol)

      it.each([
        ['a cluster IP', inFamily(family, '10.96.0.1'), 80],
        ['an external IP', vip, 80],
        ['a node port', node, 30_001],
      ])('%s: a backend here sees the client, one elsewhere the node', async (_, address, port) => {
        n1.serve(one('p12', 'p22'))
        const [outcome] = await dial(call(address, port, { tries: 40 }))
        expect(outcome!.errors).toEqual({})
        expect(Object.keys(outcome!.identities).sort()).toEqual(['p12:8080', 'p22:8080'])
        expect(Object.keys(outcome!.clients).sort()).toEqual([node, x1].sort())
        expect(outcome!.clients[x1]).toBe(outcome!.identities['p12:8080'])
      })

      it('a process of the node is a backend too', async () => {
        const base = one('p12')
        const host = { ...base.endpoints[0]!.endpoints[0]!, address: node }
        n1.serve({ ...base, endpoints: [{ ports: [{ name: 'http', number: 8080 }], endpoints: [host] }] })
        const [outcome] = await dial(call(vip, 80, { tries: 5 }))
        expect(outcome).toMatchObject({ identities: { 'n1:8080': 5 }, clients: { [x1]: 5 }, errors: {} })
      })

      it('policy Local keeps every client, and drops without a backend here', async () => {
        n1.serve({ ...one('p12', 'p22'), externalTrafficPolicy: 'Local' })
        const [outcome] = await dial(call(node, 30_001, { tries: 20 }))
        expect(outcome).toMatchObject({ identities: { 'p12:8080': 20 }, clients: { [x1]: 20 }, errors: {} })
        n1.serve({ ...one('p22'), externalTrafficPolicy: 'Local' })
        const [none] = await dial(call(node, 30_001, { timeoutMs: 300 }))
        expect(none!.errors).toEqual({ ETIMEDOUT: 1 })
      })

      it('without a backend, and at an unknown port, the client is refused', async () => {
        n1.serve(one())
        const places = [
          [vip, 80],
          [vip, 81],
          [node, 30_001],
          [inFamily(family, '10.96.0.1'), 99],
        ] as const
        // The first answer may come before connect() has let go of the socket: then the kernel waits for that to its next SYN.
        const outcomes = await dial(...places.map(([address, port]) => call(address, port, { timeoutMs: 3000 })))
        expect(outcomes.map(({ errors }) => errors)).toEqual(outcomes.map(() => ({ ECONNREFUSED: 1 })))
      })

      it.each([true, false])(
        'an unknown port of an external address is refused, unless the node has the address (default route: %s)',
        async isRouted => {
          n1.serve(one('p12'))
          const ip = (...args: string[]) => n1.run('ip', `-${family}`, ...args)
          const own = ['address', 'add', `${vip}/${family === 4 ? 32 : 128}`, 'dev', 'lo']
          if (!isRouted) ip('route', 'del', 'default')
          try {
            const [refused] = await dial(call(vip, 9100, { timeoutMs: 3000 }))
            expect(refused!.errors).toEqual({ ECONNREFUSED: 1 })
            ip(...own)
            const server = await startEcho(world, 'n1', vip, 9100)
            const heard =
              protocol === 'TCP' ? transfer(world, 'x1', vip, 9100, 9) : datagrams(world, 'x1', vip, 9100, { bytes: 9 })
            expect(await heard).toBe(protocol === 'TCP' ? 'ok' : 1)
            server.end()
          } finally {
            n1.run('sh', '-c', `ip -${family} address flush dev lo to ${vip}`)
            if (!isRouted) routeOutside(world, 'n1', family)
          }
        },
      )

      it('a port of a backend where nothing listens refuses the client: here and elsewhere', async () => {
        for (const name of ['p12', 'p22']) {
          const base = one(name)
          n1.serve({
            ...base,
            endpoints: base.endpoints.map(group => ({ ...group, ports: [{ name: 'http', number: 9 }] })),
          })
          const [outcome] = await dial(call(vip, 80, { timeoutMs: 3000 }))
          expect([name, outcome!.errors]).toEqual([name, { ECONNREFUSED: 1 }])
        }
      })

      it('affinity keeps a client at one backend', async () => {
        n1.serve({ ...one('p11', 'p12', 'p13', 'p22', 'p23'), affinitySeconds: 60 })
        const [outcome] = await dial(call(vip, 80, { tries: 20 }))
        expect([Object.keys(outcome!.identities).length, outcome!.errors]).toEqual([1, {}])
      })

      it('source ranges drop who is not in them', async () => {
        const loadBalancerIPs = ['198.51.100.1', '2001:db8:1::1']
        const address = loadBalancerIPs[family === 4 ? 0 : 1]!
        n1.serve({ ...one('p12'), loadBalancerIPs, sourceRanges: ['192.168.50.100/32', 'fd00:50::100/128'] })
        const [inside] = await dial(call(address, 80))
        n1.programs.forget()
        n1.serve({ ...one('p12'), loadBalancerIPs, sourceRanges: ['192.168.50.99/32', 'fd00:50::99/128'] })
        const [outside] = await dial(call(address, 80, { timeoutMs: 300 }))
        expect([inside!.errors, outside!.errors]).toEqual([{}, { ETIMEDOUT: 1 }])
      })

      it('many clients at once lose nothing, with 500 flows of one address', async () => {
        n1.serve(one('p12', 'p13', 'p22', 'p32'))
        const [outcome] = await dial(call(vip, 80, { tries: 500, timeoutMs: 3000 }))
        expect(outcome!.errors).toEqual({})
        expect(Object.keys(outcome!.identities).length).toBe(4)
      })
    })
  })
})
