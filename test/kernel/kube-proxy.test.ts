// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ApiServer, startApiServer } from '../live/api-server.ts'
import { administrator, rendered } from '../live/client.ts'
import { create } from '../live/seed.ts'
import { describeLive } from '../live/suite.ts'
import { inside, run } from './balancing.ts'
import { routeServices } from './edge-world.ts'
import { KubeProxy, type KubeProxyMode } from './kube-proxy.ts'
import { CALLS, KEPT, OBJECTS, STREAMS, TOPOLOGY } from './kube-proxy-cluster.ts'
import { type Load, type OutsideRecord, type OutsideRow, startOutsideLoad } from './load.ts'
import { lossesIn, streamsIn } from './outside-losses.ts'
import { describeKernel } from './suite.ts'
import { createWorld, type World } from './world.ts'

/** Counts connections whose first packet netfilter has translated when it leaves. */
const WATCH = `table inet watch {
  counter destination {}
  counter source {}
  chain leaving {
    type filter hook postrouting priority 300;
    ct state new ct status dnat counter name destination
    ct state new ct status snat counter name source
  }
}`

/** How long clients go on after a change. */
const AFTER_MS = 1000
const TRIES = 20

describeKernel('a node from kube-proxy to balancing, and back', () =>
  describeLive('with the real kube-proxy', () => {
    let api: ApiServer
    let spec: string
    beforeAll(async () => {
      api = await startApiServer()
      for (const object of OBJECTS) await create(api, object)
      spec = join(api.folder, 'spec.yaml')
      writeFileSync(spec, await rendered(administrator(api, api.url)))
    }, 600_000)
    afterAll(() => api?.stop())

    describe.each<KubeProxyMode>(['nftables', 'iptables'])('in %s mode', mode => {
      let world: World
      let proxy: KubeProxy
      /** Streams that kube-proxy began. */
      let old: Load<OutsideRecord>
      beforeAll(async () => {
        world = await createWorld(TOPOLOGY)
        for (const party of ['n1', 'n2', 'x1', '11', '12']) on(party, 'ethtool', '-K', 'eth0', 'tx', 'off')
        routeServices(world, 'x1', 'n1')
        on('n1', 'nft', WATCH)
        // Making it costs the device packets that it is about to send.
        on('n1', 'tc', 'qdisc', 'add', 'dev', 'eth0', 'clsact')
        proxy = new KubeProxy(world, 'n1', api, mode)
        await proxy.start(async () => (await ask(1)).every(({ errors }) => Object.keys(errors).length === 0))
      })
      afterAll(async () => {
        await proxy?.close()
        await world?.close()
      })

      it('apply: new flows are ours and translated once, those of kube-proxy go on, and nothing is lost', async () => {
        const before = translated()
        await expectServedBy('kube-proxy')
        expect(translated().destination! - before.destination!).toBe(CALLS.length * TRIES)
        old = await keep(STREAMS)
        const kept = await keep(KEPT)
        const calls = load(CALLS)
        await balancing('apply', '-f', spec, '--node', 'n1', '--device', 'eth0')
        await sleep(AFTER_MS)
        await expectNothingLost([await calls.stop(), CALLS], [await kept.stop(), KEPT])
        const applied = translated()
        await expectServedBy('balancing')
        expect(translated()).toEqual(applied)
      })

      it('kube-proxy removed and started again: nothing of ours is lost; its own connections end with its NAT', async () => {
        const kept = await keep(KEPT)
        const calls = load(CALLS)
        await proxy.remove()
        await sleep(AFTER_MS)
        const { whole, all } = streamsIn([...(await old.stop())], STREAMS)
        // The chains of iptables stay, and with them the kernel's translation of what lives.
        expect([whole, all]).toEqual([mode === 'iptables' ? STREAMS.length : 0, STREAMS.length])
        await balancing('apply', '-f', spec, '--node', 'n1', '--device', 'eth0')
        await expectServedBy('balancing')
        await proxy.start(async () => hasRules())
        await sleep(AFTER_MS)
        await expectNothingLost([await calls.stop(), CALLS], [await kept.stop(), KEPT])
        await expectServedBy('balancing')
      })

      it('cleanup: new flows are kube-proxy’s, UDP goes on, and TCP connections of ours are reset', async () => {
        const kept = await keep(KEPT)
        await balancing('cleanup')
        await sleep(AFTER_MS)
        const records = [...(await kept.stop())]
        await expectServedBy('kube-proxy')
        const failed = records.filter(({ result }) => result < 0)
        const ends = failed
          .filter(({ row }) => KEPT[row]!.mode === 'stream')
          .map(({ row, result }) => `${row} ${result}`)
        expect(ends.sort()).toEqual(STREAMS.map((_, i) => `${i} -104`).sort())
        // An answer that was on its way may be lost, and the next one comes.
        const flows = failed.filter(({ row }) => KEPT[row]!.mode === 'flow').map(({ row }) => row)
        expect(new Set(flows).size).toBe(flows.length)
      })

      const on = (party: string, ...command: string[]) =>
        execFileSync('nsenter', [`--net=/run/netns/${world.netns(party)}`, ...command], { encoding: 'utf8' })

      const load = (rows: readonly OutsideRow[]) => startOutsideLoad(world, 'x1', 4, rows)

      /** Clients that keep what they have; returns when all their connections stand. */
      async function keep(rows: readonly OutsideRow[]): Promise<Load<OutsideRecord>> {
        const standing = () => on('x1', 'ss', '-Htn', 'state', 'established').trim().split('\n').filter(Boolean).length
        const before = standing()
        const started = load(rows)
        const streams = rows.filter(({ mode }) => mode === 'stream').length
        while (standing() < before + streams) await sleep(20)
        await sleep(AFTER_MS)
        return started
      }

      async function balancing(command: string, ...flags: string[]): Promise<void> {
        const { code, stderr } = await run([command, ...flags, ...inside(world)], { netns: world.netns('n1') })
        expect(code, stderr).toBe(0)
      }

      /** New connections, by each way to the Service. */
      const ask = (tries: number) =>
        world.dial(
          'x1',
          CALLS.map(({ family, mode, address, port }) => ({
            ...{ family, mode: mode as 'tcp' | 'udp', address, port, tries, timeoutMs: 3000 },
          })),
          '-',
        )

      /** Both backends answer, and the one on n1 sees a client that tells who translates: the node's address, or the client's own. */
      async function expectServedBy(who: 'kube-proxy' | 'balancing'): Promise<void> {
        for (const { identities, clients, errors } of await ask(TRIES)) {
          const own = (clients['192.168.50.100'] ?? 0) + (clients['fd00:50::100'] ?? 0)
          const here = identities['12:8080'] ?? 0
          expect([errors, here + (identities['22:8080'] ?? 0), own]).toEqual([
            {},
            TRIES,
            who === 'balancing' ? here : 0,
          ])
        }
      }

      async function expectNothingLost(...loads: [Iterable<OutsideRecord>, readonly OutsideRow[]][]): Promise<void> {
        for (const [found, rows] of loads) {
          const records = [...found]
          expect(lossesIn(records, rows)).toEqual([])
          const { whole, all } = streamsIn(records, rows)
          expect(whole).toBe(all)
          expect(new Set(records.map(({ row }) => row)).size).toBe(rows.length)
        }
      }

      const hasRules = () =>
        mode === 'nftables'
          ? on('n1', 'nft', 'list', 'tables').includes('kube-proxy')
          : on('n1', 'iptables-save', '-t', 'nat').includes('default/web')

      /** How many connections netfilter has translated since the world began. */
      function translated(): Record<string, number> {
        const { nftables } = JSON.parse(on('n1', 'nft', '-j', 'list', 'counters', 'table', 'inet', 'watch'))
        const counters = nftables.flatMap(
          ({ counter }: { counter?: { name: string; packets: number } }) => counter ?? [],
        )
        return Object.fromEntries(
          counters.map(({ name, packets }: { name: string; packets: number }) => [name, packets]),
        )
      }
    })
  }),
)
