// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { type ApiServer, startApiServer } from '../live/api-server.ts'
import { kubeconfig } from '../live/client.ts'
import { create, pathOf } from '../live/seed.ts'
import { describeLive } from '../live/suite.ts'
import { type AgentProcess, type LogLine, startAgent } from './agent-process.ts'
import { type Relay, relayTo } from './api-relay.ts'
import { inside, remembering, run } from './balancing.ts'
import { startRush } from './rush.ts'
import { describeKernel } from './suite.ts'
import { createWorld, type World } from './world.ts'

const NAMESPACE = 'agent'
const VIP = '10.96.9.1'
const call = { family: 4 as const, mode: 'tcp' as const, address: VIP, port: 80, tries: 4 }
const isApplied = ({ msg }: LogLine) => msg === 'applied'
const isFlush = ({ msg }: LogLine) => msg === 'flushed'

function service(name: string, address: string): object {
  const spec = { clusterIP: address, ports: [{ name: 'http', port: 80, targetPort: 8080 }] }
  return { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: NAMESPACE }, spec }
}

/** Endpoints of pods of the world, by their names: `p23`. */
function endpointsOf(...pods: string[]): object[] {
  return pods.map(name => ({
    addresses: [`10.244.${name[1]}.1${name[2]}`],
    conditions: { ready: true },
    nodeName: `n${name[1]}`,
  }))
}

function slice(service: string, ...pods: string[]): object {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: `${service}-1`, namespace: NAMESPACE, labels: { 'kubernetes.io/service-name': service } },
    addressType: 'IPv4',
    endpoints: endpointsOf(...pods),
    ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
  }
}

function node(n: number): object {
  const addresses = [{ type: 'InternalIP', address: `192.168.50.${n}` }]
  return { apiVersion: 'v1', kind: 'Node', metadata: { name: `n${n}` }, status: { addresses } }
}

describeKernel('agent --mode live', () => {
  describeLive('with a real API server', () => {
    let world: World
    let api: ApiServer
    let relay: Relay
    let config: string
    let agent: AgentProcess | undefined

    beforeAll(async () => {
      world = await createWorld()
      api = await startApiServer()
      const { authority, admin } = api.certificates
      const base64 = (text: string) => Buffer.from(text).toString('base64')
      config = kubeconfig(
        api.folder,
        { server: api.url, 'certificate-authority-data': base64(authority.certificate) },
        { 'client-certificate-data': base64(admin.certificate), 'client-key-data': base64(admin.key) },
      )
      relay = await relayTo(world, 'n1', Number(new URL(api.url).port))
      await api.request('POST', '/api/v1/namespaces', {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name: NAMESPACE },
      })
      for (const n of [1, 2, 3]) await create(api, node(n))
      await create(api, service('shop', VIP))
      await create(api, slice('shop', 'p12'))
    }, 180_000)
    afterAll(async () => {
      relay?.close()
      await api?.stop()
      await world?.close()
    })
    afterEach(async () => {
      await agent?.end('SIGKILL')
      agent = undefined
      relay.join()
    })

    const start = (...more: string[]) => {
      agent = startAgent(world, 'n1', ['--kubeconfig', config, '--node', 'n1', ...more])
      return agent
    }
    const set = (name: string, ...pods: string[]) =>
      api.request('PATCH', `${pathOf('EndpointSlice', NAMESPACE)}/${name}-1`, { endpoints: endpointsOf(...pods) })
    const answers = async (address = VIP) => (await world.dial('n1', [{ ...call, address }]))[0]!
    const reaches = (identities: Record<string, number>, address = VIP) =>
      expect.poll(async () => (await answers(address)).identities, { interval: 5, timeout: 20_000 }).toEqual(identities)
    /** Nothing is pinned or attached, as after a reboot. */
    const reboot = () => {
      const shown = execFileSync('bpftool', ['-j', 'cgroup', 'show', world.cgroup], { encoding: 'utf8' })
      for (const { id, attach_type } of JSON.parse(shown.trim() || '[]') as { id: number; attach_type: string }[])
        execFileSync('bpftool', ['cgroup', 'detach', world.cgroup, attach_type, 'id', String(id)])
      rmSync(`${world.pins}/balancing`, { recursive: true, force: true })
    }

    it('serves what the API server has; a Service and endpoints that come, change and go are in the kernel at once', async () => {
      const agent = start()
      await agent.logged(isApplied)
      expect((await answers()).identities).toEqual({ 'p12:8080': 4 })
      await set('shop', 'p23')
      await agent.logged(isFlush)
      await reaches({ 'p23:8080': 4 })
      await create(api, service('other', '10.96.9.2'))
      await create(api, slice('other', 'p34'))
      await reaches({ 'p34:8080': 4 }, '10.96.9.2')
      await api.request('DELETE', `${pathOf('EndpointSlice', NAMESPACE)}/other-1`)
      await expect.poll(async () => (await answers('10.96.9.2')).errors, { interval: 5 }).toEqual({ ECONNREFUSED: 4 })
      await api.request('DELETE', `${pathOf('Service', NAMESPACE)}/other`)
      await set('shop', 'p12')
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
      await set('shop', 'p12', 'p23', 'p34')
      const agent = start()
      await agent.logged(isApplied)
      await reaches(expect.objectContaining({ 'p34:8080': expect.any(Number) }))
      const rush = startRush(world, 'n1', [{ family: 4, mode: 'tcp', address: VIP, port: 80 }])
      for (let i = 0; i < 3; i++) {
        await set('shop', ...(i % 2 === 0 ? ['p12', 'p23'] : ['p12', 'p34']))
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
      await set('shop', 'p12')
      const first = start()
      await first.logged(isApplied)
      await reaches({ 'p12:8080': 4 })
      expect((await first.end('SIGTERM')).code).toBe(0)
      relay.cut()
      reboot()
      const agent = start()
      const line = await agent.logged(isApplied)
      expect(line.reason).toBe('the checkpoint, because no generation serves')
      expect((await answers()).identities).toEqual({ 'p12:8080': 4 })
      await agent.logged(({ code }) => code === 'api-unreachable')
      await set('shop', 'p23')
      relay.join()
      await reaches({ 'p23:8080': 4 })
    })

    it('serves on while the API server is gone, and asks it again', async () => {
      await set('shop', 'p12')
      const agent = start()
      await agent.logged(isApplied)
      await reaches({ 'p12:8080': 4 })
      relay.cut()
      await agent.logged(({ code }) => code === 'api-unreachable')
      expect((await answers()).identities).toEqual({ 'p12:8080': 4 })
      const asked = await run(['agent', 'status', ...inside(world), '-o', 'json'])
      expect(JSON.parse(asked.stdout)).toMatchObject({ state: 'in-sync', watches: { services: { connected: false } } })
      await set('shop', 'p23')
      relay.join()
      await reaches({ 'p23:8080': 4 })
    })

    it('a node that the cluster does not have is exit 3, and nothing is changed', async () => {
      reboot()
      const flags = [
        '--kubeconfig',
        config,
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
