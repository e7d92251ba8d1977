// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Family, formatHostPort } from '../../../src/base/address.ts'
import type { Outcome } from '../dial.ts'
import { inFamily } from '../edge-rig.ts'
import { datagrams, type Peer, startEcho, transfer } from '../peers.ts'
import { describeKernel } from '../suite.ts'
import { bridge } from './bridge.ts'
import { flannelVxlan } from './flannel-vxlan.ts'
import { gatewayBridge } from './gateway-bridge.ts'
import { macvlan } from './macvlan.ts'
import { type Raised, raise } from './raised.ts'
import { routedVeth } from './routed-veth.ts'
import { ECHO_PORT, rowsFor, SERVICE } from './services.ts'
import { FAMILIES, INVALID_DROP, PODS, type Shape } from './shape.ts'
import { tun } from './tun.ts'
import { twoCards } from './two-cards.ts'

const SHAPES: Shape[] = [routedVeth, bridge, flannelVxlan, macvlan, gatewayBridge, twoCards, tun]

describeKernel('topologies', () => {
  describe.each(SHAPES)('$name', shape => {
    let raised: Raised
    const peers: Peer[] = []
    beforeAll(async () => {
      raised = await raise(shape)
      for (const [pod, address] of Object.entries(PODS))
        for (const family of FAMILIES)
          peers.push(await startEcho(raised.world, pod, inFamily(family, address), ECHO_PORT))
    })
    /** Gives the routes to the pods attributes; then whoever knows better than the routes forgets it. */
    const narrow = (family: Family, ...attributes: string[]) => {
      for (const [pod, { router, device }] of Object.entries(shape.lastHop)) {
        const address = inFamily(family, PODS[pod as keyof typeof PODS])
        const route = [address, 'dev', device, ...attributes.flatMap(text => text.split(' '))]
        raised.on(router, 'ip', 'route', 'replace', ...route)
      }
      for (const party of ['x1', 'n1', 'p12', 'p22']) raised.on(party, 'ip', `-${family}`, 'route', 'flush', 'cache')
    }
    afterAll(async () => {
      for (const peer of peers) peer.end()
      await raised?.close()
    })

    it('the facts of the node give its edges, and every backend is reached by one', async () => {
      expect(await raised.apply()).toMatchObject({ code: 0, stderr: expect.not.stringContaining('elsewhere') })
      const { edges } = JSON.parse((await raised.balancing(['status', '-o', 'json'])).stdout)
      expect(edges).toMatchObject(shape.edges.map(edge => ({ ...edge, state: 'attached' })))
    })

    it.each(FAMILIES)('explain says whose address the backends see, IPv%d', async family => {
      const notesOn = async (number: number) => {
        const words = ['explain', `${formatHostPort(vip(family, number), 80)}/TCP`, '--from', 'outside', '-o', 'json']
        const { stdout, stderr } = await raised.balancing(words)
        expect(stderr).toBe('')
        return JSON.parse(stdout).frontends[0].notes
      }
      const kept = ['endpoints see the address of the client']
      const masqueraded = ['endpoints see an address of n1']
      expect(await notesOn(SERVICE.echo12)).toEqual(shape.masqueradesHere ? masqueraded : kept)
      expect(await notesOn(SERVICE.echo22)).toEqual(masqueraded)
      expect(await notesOn(SERVICE.local)).toEqual(kept)
    })

    describe.each(firewallsOf(shape))('%s', (_, rules) => {
      beforeAll(() => {
        raised.onNode('sh', '-ec', rules.join('\n'))
      })
      afterAll(() => {
        raised.onNode('nft', 'flush', 'ruleset')
      })

      it.each([
        [4, 'TCP'],
        [4, 'UDP'],
        [6, 'TCP'],
        [6, 'UDP'],
      ] as const)('IPv%d, %s', async (family, protocol) => {
        const rows = rowsFor(shape, family, protocol)
        const outcomes = await raised.world.dial(
          'x1',
          rows.map(({ call }) => call),
          '-',
        )
        expect(outcomes.map((outcome, i) => `${rows[i]!.about}: ${metBy(outcome)}`)).toEqual(
          rows.map(({ about, answers, errors }) => `${about}: ${expectedBy(answers, errors)}`),
        )
      })

      it.each(FAMILIES)('IPv%d, much data, and datagrams in fragments', async family => {
        // IPv6 learns from one that is lost, there and back, that a tunnel takes smaller packets.
        const fewest = family === 6 ? 10 : 12
        for (const number of [SERVICE.echo12, SERVICE.echo22]) {
          const address = vip(family, number)
          expect([number, await transfer(raised.world, 'x1', address, 80, 1 << 20)]).toEqual([number, 'ok'])
          const whole = await datagrams(raised.world, 'x1', address, 80, { bytes: 3000, count: 12 })
          expect([number, whole]).toEqual([number, expect.toSatisfy((count: number) => count >= fewest)])
        }
      })

      it.each(FAMILIES)('IPv%d, where the last router takes smaller packets than the client sends', async family => {
        narrow(family, 'mtu 1320')
        try {
          for (const number of [SERVICE.echo12, SERVICE.echo22])
            expect([number, await transfer(raised.world, 'x1', vip(family, number), 80, 1 << 20)]).toEqual([
              number,
              'ok',
            ])
        } finally {
          narrow(family)
        }
      })
    })
  })
})

/** Commands that set up the firewall of n1, by name. */
function firewallsOf({ firewalls = {}, answersPassBy }: Shape): [string, readonly string[]][] {
  const nft = INVALID_DROP.map(command => `nft "${answersPassBy ? command.replace(/ drop$/, '') : command}"`)
  const more = Object.entries(firewalls)
  const own: [string, readonly string[]][] = more.length === 0 ? [['conntrack', []]] : more
  return [['without conntrack', []], ...own.map(([name, rules]) => [name, [...nft, ...rules]] as [string, string[]])]
}

function vip(family: Family, number: number): string {
  return inFamily(family, `203.0.113.${number}`)
}

/** `p12:8080 p22:8080 saw 192.168.50.1 192.168.50.100; ECONNREFUSED 1` */
function expectedBy(answers: Record<string, string>, errors: Record<string, number>): string {
  return format(Object.keys(answers), Object.values(answers), errors)
}

function metBy({ identities, clients, errors }: Outcome): string {
  return format(Object.keys(identities), Object.keys(clients), errors)
}

function format(who: string[], saw: string[], errors: Record<string, number>): string {
  const sorted = (names: string[]) => [...new Set(names)].sort().join(' ')
  const failed = Object.entries(errors).map(([name, count]) => `; ${name} ${count}`)
  return `${sorted(who)} saw ${sorted(saw)}${failed.join('')}`
}
