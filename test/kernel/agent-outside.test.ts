// SPDX-License-Identifier: Apache-2.0
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process'
import { readdirSync, writeFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { findAccess } from '../../src/apiserver/find-access.ts'
import { sender } from '../../src/apiserver/send.ts'
import type { ApiServer } from '../live/api-server.ts'
import { kubeconfig } from '../live/client.ts'
import { create, createRoles, pathOf } from '../live/seed.ts'
import { describeLive } from '../live/suite.ts'
import { type AgentProcess, type LogLine, startAgent } from './agent-process.ts'
import { AgentRig } from './agent-rig.ts'
import { inside, run } from './balancing.ts'
import { describeKernel } from './suite.ts'
import type { World } from './world.ts'

const NAMESPACE = 'outside'
const isApplied = ({ msg }: LogLine) => msg === 'applied'
const HEALTH_PORT = 31_900

/** What the test reads of an Event. */
interface Event {
  metadata: { name: string }
  reason: string
  note: string
}

/** Pods of the world by name, `p12` is on n1: ready, or terminating and still serving. */
function endpointsOf(pods: readonly string[], isReady: boolean): object[] {
  return pods.map(name => ({
    addresses: [`10.244.${name[1]}.1${name[2]}`],
    conditions: { ready: isReady, serving: true, terminating: !isReady },
    nodeName: `n${name[1]}`,
  }))
}

describeKernel('agent, seen from outside', () => {
  describeLive('with a real API server', () => {
    let rig: AgentRig
    let world: World
    let api: ApiServer
    /** Of the account of manifests/agent-rbac.yaml. */
    let config: string
    let agent: AgentProcess
    const others: ChildProcess[] = []

    beforeAll(async () => {
      rig = await AgentRig.start()
      ;({ world, api } = rig)
      await createRoles(api, 'manifests/agent-rbac.yaml')
      const authority = Buffer.from(api.certificates.authority.certificate).toString('base64')
      const token = await api.token('balancing-agent')
      config = kubeconfig(api.folder, { server: api.url, 'certificate-authority-data': authority }, { token })
      await rig.createNamespace(NAMESPACE)
      const spec = {
        ...{ type: 'LoadBalancer', externalTrafficPolicy: 'Local', healthCheckNodePort: HEALTH_PORT },
        ports: [{ name: 'http', port: 80, targetPort: 8080 }],
      }
      await create(api, { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace: NAMESPACE }, spec })
      await create(api, {
        apiVersion: 'discovery.k8s.io/v1',
        kind: 'EndpointSlice',
        metadata: { name: 'web-1', namespace: NAMESPACE, labels: { 'kubernetes.io/service-name': 'web' } },
        addressType: 'IPv4',
        endpoints: endpointsOf(['p12', 'p23'], true),
        ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
      })
    }, 180_000)
    afterAll(() => rig?.close())
    afterEach(async () => {
      await agent?.end('SIGKILL')
      for (const other of others.splice(0)) other.kill('SIGKILL')
    })

    const start = async (...more: string[]) => {
      const flags = [
        '--kubeconfig',
        config,
        '--node',
        'n1',
        ...(more.includes('--device') ? [] : ['--device', 'none']),
        ...more,
      ]
      agent = startAgent(world, 'n1', flags)
      // Our programs see the sockets of the agent, as on a node.
      writeFileSync(`${world.cgroup}/cgroup.procs`, String(agent.pid))
      await agent.logged(isApplied)
    }
    const set = (pods: string[], isReady: boolean) =>
      api.request('PATCH', `${pathOf('EndpointSlice', NAMESPACE)}/web-1`, { endpoints: endpointsOf(pods, isReady) })
    /** The status and the body that a party gets, its socket in the cgroup that has our programs; status 0: no connection. */
    const ask = async (party: string, url: string): Promise<[number, string]> => {
      const script = `echo $$ > ${world.cgroup}/cgroup.procs; exec curl -gs -m 5 -w '\\n%{http_code}' '${url}'`
      const command = ['--net=/run/netns/' + world.netns(party), 'sh', '-c', script]
      const { stdout } = await promisify(execFile)('nsenter', command).catch(error => error)
      const at = stdout.lastIndexOf('\n')
      return [Number(stdout.slice(at + 1)), stdout.slice(0, at)]
    }
    const status = async (party: string, url: string) => (await ask(party, url))[0]
    const statuses = async () => {
      const paths = ['healthz', 'livez', 'readyz']
      return Promise.all(paths.map(path => status('n1', `http://127.0.0.1:10256/${path}`)))
    }
    const eventsOf = async (reason: string): Promise<Event[]> => {
      const { items } = await api.request<{ items: Event[] }>('GET', '/apis/events.k8s.io/v1/events')
      return items.filter(event => event.reason === reason)
    }
    const health = `http://192.168.50.1:${HEALTH_PORT}/healthz`
    const gets = (code: number) => expect.poll(() => status('x1', health), { timeout: 10_000 }).toBe(code)

    it('a load balancer asks a healthCheckNodePort: local ready endpoints, none, only terminating ones, and another policy', async () => {
      await start()
      const [code, body] = await ask('x1', health)
      expect([code, JSON.parse(body)]).toEqual([
        200,
        { service: { namespace: NAMESPACE, name: 'web' }, localEndpoints: 1, serviceProxyHealthy: true },
      ])
      for (const url of [`http://127.0.0.1:${HEALTH_PORT}`, `http://[::1]:${HEALTH_PORT}`, health])
        expect([url, await status('n1', url)]).toEqual([url, 200])
      expect(await status('p12', health)).toBe(200)
      // As the e2e test "should fail health check node port if there are only terminating endpoints" has it.
      await set(['p12', 'p23'], false)
      await gets(503)
      expect(JSON.parse((await ask('x1', health))[1])).toMatchObject({ localEndpoints: 0, serviceProxyHealthy: true })
      await set(['p12'], true)
      await gets(200)
      await set(['p23'], true)
      await gets(503)
      await api.request('PATCH', `${pathOf('Service', NAMESPACE)}/web`, {
        spec: { externalTrafficPolicy: 'Cluster', healthCheckNodePort: 0 },
      })
      await gets(0)
      await api.request('PATCH', `${pathOf('Service', NAMESPACE)}/web`, {
        spec: { externalTrafficPolicy: 'Local', healthCheckNodePort: HEALTH_PORT },
      })
      await set(['p12'], true)
      await gets(200)
      expect(agent.log.filter(({ level }) => level === 'warning' || level === 'error')).toEqual([])
    })

    it('/healthz, /livez, /readyz and /proxyMode answer where kube-proxy does; /healthz says that the node goes', async () => {
      await start()
      expect(await statuses()).toEqual([200, 200, 200])
      expect((await ask('x1', 'http://192.168.50.1:10256/healthz'))[1]).toContain('"lastUpdated":"')
      expect(await ask('n1', 'http://127.0.0.1:10249/proxyMode')).toEqual([200, 'balancing'])
      expect(await status('x1', 'http://192.168.50.1:10249/proxyMode')).toBe(0)
      const node = '/api/v1/nodes/n1'
      const taint = { key: 'ToBeDeletedByClusterAutoscaler', effect: 'NoSchedule' }
      await api.request('PATCH', node, { spec: { taints: [taint] } })
      await expect.poll(statuses).toEqual([503, 200, 200])
      // The service itself is healthy: the balancer asks /healthz for the node.
      expect(await status('x1', health)).toBe(200)
      await api.request('PATCH', node, { spec: { taints: [] }, metadata: { finalizers: ['example.com/held'] } })
      await expect.poll(statuses).toEqual([200, 200, 200])
      await api.request('DELETE', node)
      await expect.poll(statuses).toEqual([503, 200, 200])
      await api.request('PATCH', node, { metadata: { finalizers: null } })
      expect(await statuses()).toEqual([503, 200, 200])
      const addresses = [{ type: 'InternalIP', address: '192.168.50.1' }]
      await create(api, { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1' }, status: { addresses } })
      await expect.poll(statuses).toEqual([200, 200, 200])
      rig.cut()
      await agent.logged(({ code }) => code === 'api-unreachable')
      expect(await statuses()).toEqual([200, 200, 200])
      rig.join()
    })

    it('/metrics has what the agent does, under the names of kube-proxy and its own', async () => {
      await start('--device', 'eth0')
      const scrape = async () => {
        const [, body] = await ask('n1', 'http://127.0.0.1:10249/metrics')
        return (name: string) =>
          Number(
            body
              .split('\n')
              .find(line => line.startsWith(`${name} `))
              ?.split(' ')[1],
          )
      }
      const annotations = { 'endpoints.kubernetes.io/last-change-trigger-time': new Date().toISOString() }
      const before = await scrape()
      const [metadata, endpoints] = [{ annotations }, endpointsOf(['p23'], true)]
      await api.request('PATCH', `${pathOf('EndpointSlice', NAMESPACE)}/web-1`, { metadata, endpoints })
      await expect.poll(async () => (await scrape())('kubeproxy_network_programming_duration_seconds_count')).toBe(1)
      const after = await scrape()
      const grew = (name: string) => after(name) - before(name)
      expect(after('kubeproxy_network_programming_duration_seconds_sum')).toBeLessThan(5)
      expect(grew('balancing_flushes_total')).toBe(1)
      expect(grew('kubeproxy_sync_partial_proxy_rules_duration_seconds_count')).toBe(1)
      expect(grew('kubeproxy_sync_proxy_rules_endpoint_changes_total')).toBe(1)
      const lacking = 'kubeproxy_sync_proxy_rules_no_local_endpoints_total{traffic_policy="external"}'
      expect([before(lacking), after(lacking)]).toEqual([0, 1])
      expect(after('balancing_map_entries{map="frontends"}')).toBeGreaterThan(0)
      expect(after('balancing_api_connected{kind="services"}')).toBe(1)
      expect(
        after(`rest_client_requests_total{method="GET",host="${new URL(api.url).host}",code="200"}`),
      ).toBeGreaterThanOrEqual(3)
      const isCounted = async () => (await scrape())('balancing_flow_records_max') > 0
      await expect.poll(isCounted, { timeout: 10_000 }).toBe(true)
      expect((await scrape())('balancing_edge_events{event="portsExhausted"}')).toBe(0)
      await set(['p12'], true)
      await gets(200)
    })

    it('a port in use is one line, and what serves keeps serving', async () => {
      const listen = (port: number) => {
        const place = ['--net=/run/netns/' + world.netns('n1'), process.execPath, '-e']
        const code = `require('node:net').createServer().listen(${port}, () => console.log('ready'))`
        const child = spawn('nsenter', [...place, code], { stdio: ['ignore', 'pipe', 'inherit'] })
        others.push(child)
        return new Promise(resolve => child.stdout!.once('data', resolve))
      }
      await listen(10_256)
      await listen(HEALTH_PORT)
      await start()
      await set(['p12'], true)
      const warnings = () => agent.log.filter(({ level }) => level === 'warning').map(({ msg }) => msg)
      await expect
        .poll(() => warnings().sort())
        .toEqual([
          '/healthz, /livez and /readyz cannot be served at port 10256: another process has the port',
          `the healthCheckNodePort of ${NAMESPACE}/web cannot be served: another process has the port`,
        ])
      expect(await status('n1', 'http://127.0.0.1:10249/healthz')).toBe(200)
      for (const other of others.splice(0)) other.kill('SIGKILL')
      await expect.poll(() => status('x1', health), { timeout: 15_000 }).toBe(200)
      await expect.poll(statuses, { timeout: 15_000 }).toEqual([200, 200, 200])
      expect(warnings()).toHaveLength(2)
      const [event] = await eventsOf('FailedToStartServiceHealthcheck')
      expect(event).toMatchObject({
        ...{ type: 'Warning', action: 'Listen', metadata: { namespace: NAMESPACE } },
        regarding: { apiVersion: 'v1', kind: 'Service', namespace: NAMESPACE, name: 'web' },
        note: `node n1 failed to start healthcheck "${NAMESPACE}/web" on port ${HEALTH_PORT}: another process has the port`,
      })
    })

    it('Events say what was repaired, and that there is another agent; they count up', async () => {
      await start('--resync', '1s')
      const bpftool = (...args: string[]) => execFileSync('bpftool', ['-j', ...args], { encoding: 'utf8' })
      const [generation] = readdirSync(`${world.pins}/balancing`).filter(name => /^g\d+$/.test(name))
      const map = ['pinned', `${world.pins}/balancing/${generation}/maps/frontends`]
      const [{ key }] = JSON.parse(bpftool('map', 'dump', ...map)) as [{ key: string[] }]
      bpftool('map', 'delete', ...map, 'key', ...key)
      await agent.logged(({ msg }) => msg === 'the maps do not hold what was written')
      await expect.poll(() => eventsOf('DriftRepaired')).toHaveLength(1)
      const [drift] = await eventsOf('DriftRepaired')
      expect(drift).toMatchObject({
        regarding: { kind: 'Node', name: 'n1', uid: 'n1' },
        reportingInstance: 'balancing-n1',
      })
      const another = ['agent', '--kubeconfig', config, '--node', 'n1', '--device', 'none', '--lock-timeout', '0']
      const { code } = await run([...another, ...inside(world)], { netns: world.netns('n1') })
      expect(code).toBe(4)
      const [locked] = await eventsOf('AnotherAgent')
      expect(locked?.note).toContain(String(agent.pid))
      const send = sender(
        () => [{ name: 'it', access: () => findAccess(config, undefined) }],
        AbortSignal.timeout(5000),
      )
      const series = { count: 3, lastObservedTime: '2026-11-29T09:01:00.123000Z' }
      const path = `/apis/events.k8s.io/v1/namespaces/default/events/${drift!.metadata.name}`
      expect(await send('PATCH', path, { series })).toBe(200)
      expect((await eventsOf('DriftRepaired'))[0]).toMatchObject({ series })
      expect(agent.log.filter(({ code }) => code === 'no-events')).toEqual([])
    })
  })
})
