// SPDX-License-Identifier: Apache-2.0
import { createServer } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { type BindAddress, parseBindAddress } from '../../src/agent/http/bind-address.ts'
import { HealthPorts } from '../../src/agent/http/health-ports.ts'
import { listen } from '../../src/agent/http/listen.ts'
import { healthz, livez, type ProxyHealth, readyz } from '../../src/agent/http/proxy-health.ts'
import { serveAgent } from '../../src/agent/http/servers.ts'
import { healthOf, type ServiceHealth, serviceHealth } from '../../src/agent/http/service-health.ts'
import type { Log } from '../../src/agent/log.ts'
import { isEligible } from '../../src/agent/node-eligibility.ts'
import type { Endpoint, Service } from '../../src/spec/spec.ts'

// Bodies, headers and codes are those that kube-proxy 1.36.3 answered, but for the digits of its times.
const NOW = Date.parse('2026-11-29T09:00:00Z')
const idle: ProxyHealth = { updated: NOW - 3_600_000, isHealthy: true, isNodeEligible: true }

test.each<[string, Partial<ProxyHealth>, 200 | 503, 200 | 503]>([
  ['idle for an hour', {}, 200, 200],
  ['nothing was written yet', { updated: undefined }, 200, 200],
  ['changes wait for too long', { isHealthy: false }, 503, 503],
  ['the Node goes', { isNodeEligible: false }, 503, 200],
])('%s', (_, health, healthzStatus, livezStatus) => {
  const all = { ...idle, ...health }
  expect([healthz(all, NOW).status, livez(all, NOW).status]).toEqual([healthzStatus, livezStatus])
})

test.each([
  ['a Node', {}, true],
  ['a Node that is being deleted', { metadata: { deletionTimestamp: '2026-11-29T08:00:00Z' } }, false],
  ['a Node that the autoscaler deletes', { spec: { taints: [{ key: 'ToBeDeletedByClusterAutoscaler' }] } }, false],
  ['a Node with another taint', { spec: { taints: [{ key: 'node.kubernetes.io/not-ready' }] } }, true],
  ['a Node whose taints are null', { metadata: {}, spec: { taints: null } }, true],
])('%s may get traffic: %#', (_, node, may) => {
  expect(isEligible(node)).toBe(may)
})

test('bodies have the fields of kube-proxy, in its order', () => {
  const now = '2026-11-29T09:00:00.000Z'
  const then = '2026-11-29T08:00:00.000Z'
  const families = (healthy: boolean) =>
    `"status":{"IPv4":{"lastUpdated":"${then}","healthy":${healthy}},"IPv6":{"lastUpdated":"${then}","healthy":${healthy}}}`
  expect(healthz(idle, NOW).body).toBe(
    `{"lastUpdated":"${now}","currentTime":"${now}","nodeEligible":true,"healthy":true,${families(true)}}`,
  )
  expect(healthz({ ...idle, isNodeEligible: false }, NOW).body).toBe(
    `{"lastUpdated":"${then}","currentTime":"${now}","nodeEligible":false,"healthy":true,${families(true)}}`,
  )
  expect(livez({ ...idle, isHealthy: false }, NOW).body).toBe(
    `{"lastUpdated":"${then}","currentTime":"${now}","healthy":false,${families(false)}}`,
  )
  expect(livez({ ...idle, updated: undefined }, NOW).body).toBe(
    `{"lastUpdated":"${now}","currentTime":"${now}","healthy":true}`,
  )
  expect(readyz([])).toMatchObject({ status: 200, body: '{"ready":true,"reasons":[]}' })
  expect(readyz(['a map is full'])).toMatchObject({ status: 503, body: '{"ready":false,"reasons":["a map is full"]}' })
})

test('only distinct addresses of ready endpoints of the node count', () => {
  const at = (address: string, node: string, ready = true): Endpoint => ({
    ...{ address, node, ready, serving: true, terminating: !ready, forZones: [], forNodes: [] },
  })
  const first = [at('10.0.1.1', 'n1'), at('10.0.1.2', 'n1', false), at('10.0.2.1', 'n2')]
  const endpoints = [first, [at('10.0.1.1', 'n1'), at('10.0.1.3', 'n1')]].map(endpoints => ({ ports: [], endpoints }))
  const service: Service = {
    ...{ namespace: 'shop', name: 'web', clusterIPs: [], externalIPs: [], loadBalancerIPs: [], sourceRanges: [] },
    ...{ internalTrafficPolicy: 'Cluster', externalTrafficPolicy: 'Local', healthCheckNodePort: 31_000 },
    ...{ ports: [], endpoints },
  }
  const web = { namespace: 'shop', name: 'web', port: 31_000 }
  expect(healthOf(service, 'n1')).toEqual({ ...web, localEndpoints: 2 })
  expect(healthOf(service, 'n3')).toEqual({ ...web, localEndpoints: 0 })
  expect(healthOf(service, null)).toBeUndefined()
  expect(healthOf({ ...service, externalTrafficPolicy: 'Cluster' }, 'n1')).toBeUndefined()
})

test.each<[string, BindAddress]>([
  ['0.0.0.0:10256', { host: undefined, port: 10_256 }],
  ['[::]:10256', { host: undefined, port: 10_256 }],
  [':10256', { host: undefined, port: 10_256 }],
  ['127.0.0.1:1', { host: '127.0.0.1', port: 1 }],
  ['[::1]:65535', { host: '::1', port: 65_535 }],
])('%s is an address to listen at', (text, address) => {
  expect(parseBindAddress(text)).toEqual(address)
})

test.each([
  '10256',
  '127.0.0.1',
  '::1:80',
  'localhost:80',
  '1.2.3.4:0',
  '1.2.3.4:65536',
  '[1.2.3.4]:80',
  '1.2.3.4:80x',
])('%s is none', text => {
  expect(parseBindAddress(text)).toBeUndefined()
})

/** A log, and what it got. */
function keep(): { log: Log; lines: string[] } {
  const lines: string[] = []
  return { log: (_, message) => lines.push(message), lines }
}

/** A port that nothing uses. */
async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, resolve))
  const { port } = server.address() as { port: number }
  await new Promise(resolve => server.close(resolve))
  return port
}

/** Asks until a server answers. */
const ask = (url: string, init?: RequestInit) =>
  expect
    .poll(() => fetch(url, init).catch(() => undefined))
    .toBeTruthy()
    .then(() => fetch(url, init))

const web = (port: number, localEndpoints: number) =>
  new Map<string, ServiceHealth>([['shop/web', { namespace: 'shop', name: 'web', port, localEndpoints }]])

test('a healthCheckNodePort answers any method and path, in both families, and follows its Service', async () => {
  const lines: string[] = []
  let isHealthy = true
  const ports = new HealthPorts(
    () => isHealthy,
    service => lines.push(service),
  )
  onTestFinished(() => ports.close())
  const port = await freePort()
  ports.follow(web(port, 2))
  const url = `http://127.0.0.1:${port}`
  const answer = await ask(`${url}/anything?x`, { method: 'POST', body: 'x' })
  expect(answer.status).toBe(200)
  const names = ['content-type', 'x-content-type-options', 'x-load-balancing-endpoint-weight', 'content-length']
  expect(names.map(name => answer.headers.get(name))).toEqual(['application/json', 'nosniff', '2', '111'])
  expect(await answer.text()).toBe(
    '{\n\t"service": {\n\t\t"namespace": "shop",\n\t\t"name": "web"\n\t},\n\t"localEndpoints": 2,\n\t"serviceProxyHealthy": true\n}',
  )
  expect((await fetch(`http://[::1]:${port}`)).status).toBe(200)
  isHealthy = false
  expect((await fetch(url)).status).toBe(503)
  isHealthy = true
  ports.follow(web(port, 0))
  const empty = await fetch(url)
  expect([empty.status, empty.headers.get('x-load-balancing-endpoint-weight')]).toEqual([503, '0'])
  // The port goes from one Service to another in one step.
  ports.follow(new Map([['shop/api', { namespace: 'shop', name: 'api', port, localEndpoints: 1 }]]))
  expect(await (await ask(url)).json()).toMatchObject({ service: { name: 'api' } })
  ports.follow(new Map())
  await expect(fetch(url)).rejects.toThrow()
  expect(lines).toEqual([])
})

test('the body does not depend on the health of the proxy alone', () => {
  const health = web(1, 2).get('shop/web')!
  expect([serviceHealth(health, true).status, serviceHealth(health, false).status]).toEqual([200, 503])
})

test('a port that is taken is said once; the others serve', async () => {
  const lines: unknown[][] = []
  const taken = createServer()
  onTestFinished(() => void taken.close())
  await new Promise<void>(resolve => taken.listen(0, resolve))
  const { port } = taken.address() as { port: number }
  const ports = new HealthPorts(
    () => true,
    (...failed) => lines.push(failed),
  )
  onTestFinished(() => ports.close())
  const free = await freePort()
  const both = new Map([
    ...web(port, 1),
    ['shop/api', { namespace: 'shop', name: 'api', port: free, localEndpoints: 1 }],
  ] as const)
  ports.follow(both)
  expect((await ask(`http://127.0.0.1:${free}`)).status).toBe(200)
  ports.follow(new Map(both))
  expect(lines).toEqual([['shop/web', port, 'another process has the port']])
})

test('an agent answers where kube-proxy does, and nowhere else', async () => {
  const { log, lines } = keep()
  const [health, metrics] = [await freePort(), await freePort()]
  const shown = { health: () => idle, notReady: () => ['no spec'], metrics: undefined, configuration: { mode: 'live' } }
  const addresses = { health: { host: undefined, port: health }, metrics: { host: '127.0.0.1', port: metrics } }
  const close = serveAgent(shown, addresses, log)
  onTestFinished(close)
  const answer = async (port: number, path: string) => {
    const got = await ask(`http://127.0.0.1:${port}${path}`)
    return [got.status, got.headers.get('content-type'), (await got.text()).slice(0, 20)]
  }
  const [json, text] = ['application/json', 'text/plain; charset=utf-8']
  const none = [404, text, '404 page not found\n']
  expect(await answer(health, '/healthz?x=1')).toEqual([200, json, '{"lastUpdated":"2026'])
  expect(await answer(health, '/livez')).toEqual([200, json, '{"lastUpdated":"2026'])
  expect(await answer(health, '/readyz')).toEqual([503, json, '{"ready":false,"reas'])
  for (const path of ['/', '/healthz/', '/metrics']) expect(await answer(health, path)).toEqual(none)
  expect(await answer(metrics, '/proxyMode')).toEqual([200, text, 'balancing'])
  expect(await answer(metrics, '/healthz')).toEqual([200, text, 'ok'])
  expect(await answer(metrics, '/configz')).toEqual([200, json, '{"balancing.elf.io":'])
  expect(await answer(metrics, '/metrics')).toEqual(none)
  expect(await answer(metrics, '/livez')).toEqual(none)
  serveAgent(shown, { ...addresses, health: undefined }, log)()
  expect(lines).toEqual([])
})

test('a port of the agent that is taken is one line, and is had when it is free', async () => {
  const { log, lines } = keep()
  const taken = createServer()
  await new Promise<void>(resolve => taken.listen(0, '127.0.0.1', resolve))
  const { port } = taken.address() as { port: number }
  const address = { host: '127.0.0.1', port }
  const shown = { health: () => idle, notReady: () => [], metrics: undefined, configuration: {} }
  const stop = serveAgent(shown, { health: address, metrics: undefined }, log)
  await expect.poll(() => lines).toHaveLength(1)
  stop()
  const { close } = listen(
    address,
    () => readyz([]),
    reason => lines.push(reason),
    20,
  )
  onTestFinished(close)
  await expect.poll(() => lines).toHaveLength(2)
  await new Promise(resolve => setTimeout(resolve, 100))
  await new Promise(resolve => taken.close(resolve))
  expect((await ask(`http://127.0.0.1:${port}`)).status).toBe(200)
  expect(lines).toEqual([
    `/healthz, /livez and /readyz cannot be served at 127.0.0.1:${port}: another process has the port`,
    'another process has the port',
  ])
})
