// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from 'node:child_process'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { pathOf } from '../live/seed.ts'
import { describeLive } from '../live/suite.ts'
import type { AgentProcess, LogLine } from './agent-process.ts'
import { AgentRig, NAMESPACE } from './agent-rig.ts'
import { inside, remembering, run } from './balancing.ts'
import { startRush } from './rush.ts'
import { describeKernel } from './suite.ts'
import type { World } from './world.ts'

const VIP = '10.96.9.1'
const call = { family: 4 as const, mode: 'tcp' as const, address: VIP, port: 80, tries: 4 }
const isApplied = ({ msg }: LogLine) => msg === 'applied'
const isFlush = ({ msg }: LogLine) => msg === 'flushed'

describeKernel('agent --mode live', () => {
  describeLive('with a real API server', () => {
    let rig: AgentRig
    let world: World
    let agent: AgentProcess | undefined

    beforeAll(async () => {
      rig = await AgentRig.start()
      world = rig.world
      await rig.serve('shop', { address: VIP }, 'p12')
    }, 180_000)
    afterAll(() => rig?.close())
    afterEach(async () => {
      await agent?.end('SIGKILL')
      agent = undefined
      rig.join()
    })

    const start = (...more: string[]) => {
      agent = rig.agent('n1', ['--node', 'n1', ...more])
      return agent
    }
    const answers = async (address = VIP) => (await world.dial('n1', [{ ...call, address }]))[0]!
    const reaches = (identities: Record<string, number>, address = VIP) =>
      expect.poll(async () => (await answers(address)).identities, { interval: 5, timeout: 20_000 }).toEqual(identities)
    it('serves what the API server has; a Service and endpoints that come, change and go are in the kernel at once', async () => {
      const agent = start()
      await agent.logged(isApplied)
      expect((await answers()).identities).toEqual({ 'p12:8080': 4 })
      await rig.set('shop', 'p23')
      await agent.logged(isFlush)
      await reaches({ 'p23:8080': 4 })
      await rig.serve('other', { address: '10.96.9.2' }, 'p34')
      await reaches({ 'p34:8080': 4 }, '10.96.9.2')
      await rig.api.request('DELETE', `${pathOf('EndpointSlice', NAMESPACE)}/other-1`)
      await expect.poll(async () => (await answers('10.96.9.2')).errors, { interval: 5 }).toEqual({ ECONNREFUSED: 4 })
      await rig.api.request('DELETE', `${pathOf('Service', NAMESPACE)}/other`)
      await rig.set('shop', 'p12')
      await reaches({ 'p12:8080': 4 })
      // All of it fits into the maps that the first apply made.
      expect(agent.log.filter(isApplied)).toHaveLength(1)
      const { code, milliseconds } = await agent.end('SIGTERM')
      expect([code, milliseconds < 1000]).toEqual([0, true])
      // What it wrote is what it recorded.
      const status = await run(['status', ...inside(world), '-o', 'json'], { netns: world.netns('n1') })
      expect(JSON.parse(status.stdout)).toMatchObject({ syncState: 'in-sync', drift: [] })
    })

    it('is killed and started again while clients connect: no connect fails', async () => {
      await rig.set('shop', 'p12', 'p23', 'p34')
      const agent = start()
      await agent.logged(isApplied)
      await reaches(expect.objectContaining({ 'p34:8080': expect.any(Number) }))
      const rush = startRush(world, 'n1', [{ family: 4, mode: 'tcp', address: VIP, port: 80 }])
      for (let i = 0; i < 3; i++) {
        await rig.set('shop', ...(i % 2 === 0 ? ['p12', 'p23'] : ['p12', 'p34']))
        await agent.end('SIGKILL')
        const next = start()
        await next.logged(isApplied)
        await next.end('SIGKILL')
      }
      const [count] = await rush.stop()
      expect(count!.errors).toEqual({})
      expect(Object.values(count!.identities).reduce((a, b) => a + b, 0)).toBeGreaterThan(1000)
    })

    it('boots without the API server from what was applied last, and catches up when it comes back', async () => {
      await rig.set('shop', 'p12')
      const first = start()
      await first.logged(isApplied)
      await reaches({ 'p12:8080': 4 })
      expect((await first.end('SIGTERM')).code).toBe(0)
      rig.cut()
      rig.reboot()
      const agent = start()
      const line = await agent.logged(isApplied)
      expect(line.reason).toBe('the checkpoint, because no generation serves')
      expect((await answers()).identities).toEqual({ 'p12:8080': 4 })
      await agent.logged(({ code }) => code === 'api-unreachable')
      await rig.set('shop', 'p23')
      rig.join()
      await reaches({ 'p23:8080': 4 })
    })

    it('serves on while the API server is gone, and asks it again', async () => {
      await rig.set('shop', 'p12')
      const agent = start()
      await agent.logged(isApplied)
      await reaches({ 'p12:8080': 4 })
      rig.cut()
      await agent.logged(({ code }) => code === 'api-unreachable')
      expect((await answers()).identities).toEqual({ 'p12:8080': 4 })
      const asked = await run(['agent', 'status', ...inside(world), '-o', 'json'])
      expect(JSON.parse(asked.stdout)).toMatchObject({ state: 'in-sync', watches: { services: { connected: false } } })
      await rig.set('shop', 'p23')
      rig.join()
      await reaches({ 'p23:8080': 4 })
    })

    it('a node that the cluster does not have is exit 3, and nothing is changed', async () => {
      rig.reboot()
      const flags = [
        '--kubeconfig',
        rig.kubeconfig,
        '--node',
        'n9',
        '--cgroup',
        world.cgroup,
        '--pin-dir',
        `${world.pins}/balancing`,
      ]
      const { code, stderr } = await run(['agent', ...flags, ...remembering(world)], { netns: world.netns('n1') })
      expect([code, stderr]).toEqual([3, expect.stringContaining('error[unknown-node] the cluster has no node "n9"')])
      const shown = execFileSync('bpftool', ['-j', 'cgroup', 'show', world.cgroup], { encoding: 'utf8' })
      expect(JSON.parse(shown.trim() || '[]')).toEqual([])
    })
  })
})
