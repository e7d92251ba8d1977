// SPDX-License-Identifier: Apache-2.0
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Family } from '../../../src/base/address.ts'
import { inFamily } from '../edge-rig.ts'
import { startEcho } from '../peers.ts'
import { describeKernel } from '../suite.ts'
import { gatewayBridge } from './gateway-bridge.ts'
import { macvlan } from './macvlan.ts'
import { type Raised, raise } from './raised.ts'
import { routedVeth } from './routed-veth.ts'
import { SERVICE } from './services.ts'
import { FAMILIES, INVALID_DROP, NODES, type Shape } from './shape.ts'
import { twoCards } from './two-cards.ts'

/** What else decides about packets on a node, and what a client outside notices of it. */
describeKernel('beside an edge', () => {
  describe('behind a routed veth', () => {
    const { node, call, findings, nft } = raisedFor(routedVeth)

    it('a firewall that drops what no rule accepts keeps clients from pods; doctor names it, and its rule helps', async () => {
      nft('add table ip filter', 'add chain ip filter FORWARD { type filter hook forward priority 0; policy drop; }')
      expect(await call(4, 'tcp')).toEqual({ ETIMEDOUT: 1 })
      expect(await findings()).toEqual([
        'warn forward-policy: FORWARD in ip filter drops what no rule accepts, and no rule there accepts packets for pods',
      ])
      for (const way of ['daddr', 'saddr']) nft(`add rule ip filter FORWARD ip ${way} 10.244.0.0/16 accept`)
      expect(await call(4, 'tcp')).toEqual({ 'p12:8080': 1 })
      expect(await findings()).toEqual([])
    })

    it.each(FAMILIES)('IPv%d: a node port wins over a process of the node with its number', async family => {
      const port = 30_000 + SERVICE.local
      const listener = await startEcho(node().world, 'n1', inFamily(family, NODES.n1), port)
      for (const mode of ['tcp', 'udp'] as const)
        expect(await call(family, mode, inFamily(family, NODES.n1), port)).toEqual({ 'p12:8080': 1 })
      listener.end()
    })

    it('the node redirects about a flow, and the client does not hear of it', async () => {
      const before = redirects(node(), 'n1', 'Out')
      await call(4, 'udp', vip(4, SERVICE.hosts), 80, 20)
      expect(redirects(node(), 'n1', 'Out')).toBeGreaterThan(before)
      expect(redirects(node(), 'x1', 'In')).toBe(0)
    })
  })

  describe('with a second network card', () => {
    const { node, call, findings } = raisedFor(twoCards)

    it('a strict filter by reverse path drops packets for the pods of that card; doctor names it', async () => {
      expect([await call(4, 'tcp'), await findings()]).toEqual([{ 'p12:8080': 1 }, []])
      node().onNode('sysctl', '-qw', 'net.ipv4.conf.eth0.rp_filter=1', 'net.ipv4.conf.all.rp_filter=0')
      expect(await call(4, 'tcp')).toEqual({ ETIMEDOUT: 1 })
      expect(await findings()).toEqual([expect.stringMatching(/^warn reverse-path: eth0 filters strictly/)])
    })
  })

  describe('with pods on macvlan', () => {
    const { call, nft } = raisedFor(macvlan)

    it('a rule that drops what is invalid ends connections whose answers pass the node by, and no datagram', async () => {
      nft(...INVALID_DROP)
      expect([await call(4, 'tcp'), await call(4, 'udp')]).toEqual([{ ETIMEDOUT: 1 }, { 'p12:8080': 1 }])
    })
  })

  describe('with the address of the node on a bridge', () => {
    const { node, call, findings, nft } = raisedFor(gatewayBridge)
    const set = (value: 0 | 1) => node().onNode('sysctl', '-qw', `net.bridge.bridge-nf-call-iptables=${value}`)

    const CASES = [
      ['drops what is invalid', INVALID_DROP, { ETIMEDOUT: 1 }, { 'p12:8080': 1 }],
      ['masquerades, as those of Flannel', MASQUERADE, { ETIMEDOUT: 1 }, { ETIMEDOUT: 1 }],
    ] as const

    it.each(CASES)('netfilter of bridges ends flows where a rule %s; doctor names it', async (_, rules, tcp, udp) => {
      const calls = async () => [await call(4, 'tcp'), await call(4, 'udp')]
      nft(...rules)
      expect([await calls(), await findings()]).toEqual([[{ 'p12:8080': 1 }, { 'p12:8080': 1 }], []])
      set(1)
      expect([await calls(), await findings()]).toEqual([
        [tcp, udp],
        [
          'warn bridge-netfilter: br-ex, antrea-gw0: net.bridge.bridge-nf-call-iptables is 1, so conntrack meets packets before they are translated: a rule that drops what is invalid, or that masquerades, ends flows',
        ],
      ])
      set(0)
    })

    it('doctor knows a bridge that calls the firewall by itself', async () => {
      const bridge = ['ip', 'link', 'set', 'br-ex', 'type', 'bridge', 'nf_call_iptables']
      node().onNode(...bridge, '1')
      expect(await findings()).toEqual([
        expect.stringMatching(/^warn bridge-netfilter: br-ex: the bridge has nf_call_iptables,/),
      ])
      node().onNode(...bridge, '0')
      expect(await findings()).toEqual([])
    })
  })
})

/** What a CNI does with what comes from outside, so that the answers come back. */
const MASQUERADE = [
  'add table ip cni',
  'add chain ip cni postrouting { type nat hook postrouting priority srcnat; }',
  'add rule ip cni postrouting ip saddr != 10.244.0.0/16 ip daddr 10.244.0.0/16 masquerade',
]

/** A node for the tests of a describe(), whose firewall each test leaves behind. */
function raisedFor(shape: Shape) {
  let raised: Raised
  beforeAll(async () => {
    raised = await raise(shape)
    expect(await raised.apply()).toMatchObject({ code: 0 })
  })
  afterEach(() => {
    raised.onNode('nft', 'flush', 'ruleset')
  })
  afterAll(() => raised?.close())
  return {
    node: () => raised,
    nft: (...commands: string[]) => {
      for (const command of commands) raised.onNode('nft', command)
    },
    /** Who answers a client outside, and errors; of the Service with policy Local unless told otherwise. */
    async call(family: Family, mode: 'tcp' | 'udp', address = vip(family, SERVICE.local), port = 80, tries = 1) {
      const [outcome] = await raised.world.dial('x1', [{ family, mode, address, port, tries, timeoutMs: 700 }], '-')
      return { ...outcome!.identities, ...outcome!.errors }
    },
    /** What doctor finds amiss about edges. */
    async findings() {
      const { stdout } = await raised.balancing(['doctor', '-o', 'json'])
      const { checks } = JSON.parse(stdout) as { checks: { name: string; result: string; found: string }[] }
      const ofEdges = ['foreign-filters', 'ip-forward', 'forward-policy', 'reverse-path', 'bridge-netfilter']
      const bad = checks.filter(({ name, result }) => ofEdges.includes(name) && result !== 'ok')
      return bad.map(({ name, result, found }) => `${result} ${name}: ${found}`)
    },
  }
}

function vip(family: Family, number: number): string {
  return inFamily(family, `203.0.113.${number}`)
}

/** How many redirects of IPv4 a party has sent or received. */
function redirects({ on }: Raised, party: string, way: 'In' | 'Out'): number {
  const lines = on(party, 'cat', '/proc/net/snmp').split('\n')
  const [names, values] = lines.filter(line => line.startsWith('Icmp: ')).map(line => line.split(' '))
  return Number(values![names!.indexOf(`${way}Redirects`)])
}
