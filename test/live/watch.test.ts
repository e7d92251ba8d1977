// SPDX-License-Identifier: Apache-2.0
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { findAccess } from '../../src/apiserver/find-access.ts'
import { nodeNamed, SERVICES, SLICES, type Watched } from '../../src/apiserver/watch/kinds.ts'
import type { Servers } from '../../src/apiserver/watch/servers.ts'
import { type Mirror, mirror, reflected, until } from '../watch/mirror.ts'
import { type ApiServer, startApiServer } from './api-server.ts'
import { kubeconfig } from './client.ts'
import { type Interfere, startProxy, type TestProxy } from './proxy.ts'
import { create, createRoles, manyService, manySlice, pathOf, seed } from './seed.ts'
import { describeLive } from './suite.ts'

const MANY = 1200
const SLICE = `${pathOf('EndpointSlice', 'many')}/s7-1`

/** The server's objects of a kind, `KEY VERSION` each. */
async function stored(api: ApiServer, { labelSelector, fieldSelector }: Watched, path: string): Promise<string[]> {
  const query = new URLSearchParams({ labelSelector: labelSelector ?? '', fieldSelector: fieldSelector ?? '' })
  const { items } = await api.request<{ items: Stored[] }>('GET', `${path}?${query}`)
  return items.map(versionOf).sort()
}
interface Stored {
  metadata: { name: string; namespace?: string; resourceVersion: string }
}
const versionOf = ({ metadata: { name, namespace, resourceVersion } }: Stored) =>
  `${namespace}/${name} ${resourceVersion}`
const mirrored = (it: Mirror) => [...it.objects.values()].map(object => versionOf(object as never as Stored)).sort()

for (const gate of [true, false]) {
  describeLive(`watching a real API server, WatchList=${gate}`, () => {
    let api: ApiServer
    let token: string
    beforeAll(async () => {
      api = await startApiServer(`--feature-gates=WatchList=${gate}`)
      await seed(api, MANY)
      await createRoles(api, 'manifests/agent-rbac.yaml')
      token = await api.token('balancing-agent')
    }, 600_000)
    afterAll(() => api?.stop())

    const direct = (): Servers => {
      const cluster = {
        server: api.url,
        'certificate-authority-data': Buffer.from(api.certificates.authority.certificate).toString('base64'),
      }
      const path = kubeconfig(api.folder, cluster, { token })
      return () => [{ name: 'it', access: () => findAccess(path, undefined) }]
    }
    const through = async (interfere: Interfere): Promise<{ servers: Servers; proxy: TestProxy }> => {
      const proxy = await startProxy(api, interfere)
      onTestFinished(() => proxy.close())
      const path = kubeconfig(api.folder, { server: proxy.url }, { token })
      return { proxy, servers: () => [{ name: 'it', access: () => findAccess(path, undefined) }] }
    }
    /** Waits until the mirror has what the server has, version by version. */
    async function untilSame(it: Mirror, watched: Watched, path: string): Promise<void> {
      const wanted = await stored(api, watched, path)
      await until(
        () => mirrored(it).join() === wanted.join(),
        () => it.log.join(', '),
      )
    }
    const SLICES_PATH = '/apis/discovery.k8s.io/v1/endpointslices'
    const touch = (mark: string) => api.request('PATCH', SLICE, { metadata: { annotations: { mark } } })

    test('lists as kube-proxy asks for it, then follows every change', async () => {
      const { servers, proxy } = await through(() => 'pass')
      const it = mirror()
      reflected(servers, it, 90_000, [SLICES])
      await untilSame(it, SLICES, SLICES_PATH)
      await touch('followed')
      await create(api, manySlice(`more-${gate}`, '10.245.9.9'))
      await api.request('DELETE', `${pathOf('EndpointSlice', 'many')}/s8-1`)
      await untilSame(it, SLICES, SLICES_PATH)
      expect(it.objects.has('many/s8-1')).toBe(false)
      expect(it.log.filter(line => line.startsWith('lost') || line.startsWith('skipped'))).toEqual([])
      const pages = proxy.asked.filter(path => path.includes('limit=500'))
      expect(pages.length).toBe(gate ? 0 : 3)
      expect(proxy.asked.length).toBe(gate ? 1 : 5)
    }, 120_000)

    test('Services and one Node, as their selectors say', async () => {
      const headless = { ...manyService(`headless-${gate}`), spec: { clusterIP: 'None', ports: [{ port: 80 }] } }
      await create(api, headless)
      const it = mirror()
      reflected(direct(), it, 90_000, [SERVICES])
      await untilSame(it, SERVICES, '/api/v1/services')
      expect(it.objects.has(`many/headless-${gate}`)).toBe(false)
      const node = mirror()
      reflected(direct(), node, 90_000, [nodeNamed('node-a1')])
      await until(() => node.log.includes('listed 1 -0 kept 0'))
      expect([...node.objects.keys()]).toEqual(['node-a1'])
      // A Service that another proxy takes over is gone, although the object is not.
      const label = { 'service.kubernetes.io/service-proxy-name': 'other' }
      await api.request('PATCH', `${pathOf('Service', 'many')}/s3`, { metadata: { labels: label } })
      await until(() => !it.objects.has('many/s3'))
    }, 120_000)

    test('changes that etcd has compacted before they were seen (410): a new list, and what it lacks is removed', async () => {
      let isCut = false
      const { servers } = await through(() => (isCut ? { status: 503 } : 'pass'))
      const it = mirror()
      reflected(servers, it, 90_000, [SLICES])
      await untilSame(it, SLICES, SLICES_PATH)
      isCut = true
      await api.restart()
      await touch('unseen')
      await api.request('DELETE', `${pathOf('EndpointSlice', 'many')}/s9-1`)
      await api.compact()
      // The cache of the last minutes' changes goes with the process.
      await api.restart()
      isCut = false
      await until(
        () => it.log.some(line => /^listed \d+ -1 kept 0$/.test(line)),
        () => it.log.join(', '),
      )
      await untilSame(it, SLICES, SLICES_PATH)
      expect(it.objects.has('many/s9-1')).toBe(false)
      expect(it.log).toContain('lost api-expired')
    }, 240_000)

    test('an ended token: it says so, reads the kubeconfig again, and goes on with the new token', async () => {
      const cluster = {
        server: api.url,
        'certificate-authority-data': Buffer.from(api.certificates.authority.certificate).toString('base64'),
      }
      const file = join(api.folder, `token-${gate}`)
      writeFileSync(file, api.ended(token))
      const path = kubeconfig(api.folder, cluster, { tokenFile: file })
      const it = mirror()
      reflected(() => [{ name: 'it', access: () => findAccess(path, undefined) }], it, 90_000, [SLICES])
      await until(() => it.log.includes('lost api-unauthorized'))
      writeFileSync(file, token)
      await untilSame(it, SLICES, SLICES_PATH)
    }, 120_000)

    test('429 with Retry-After, and 500', async () => {
      const answers = [429, 500].map(status => ({ status, headers: { 'retry-after': '1' }, body: { message: 'busy' } }))
      const { servers } = await through(() => answers.shift() ?? 'pass')
      const it = mirror()
      reflected(servers, it, 90_000, [SLICES])
      await untilSame(it, SLICES, SLICES_PATH)
      expect(it.log.slice(0, 2)).toEqual(['lost api-error', 'lost api-error'])
    }, 120_000)

    test('a server that is stopped and silent is given up, and followed again when it goes on', async () => {
      const it = mirror()
      reflected(direct(), it, 2000, [SLICES])
      await untilSame(it, SLICES, SLICES_PATH)
      api.signal('SIGSTOP')
      await until(() => it.log.includes('lost api-stalled'))
      api.signal('SIGCONT')
      await touch('after silence')
      await untilSame(it, SLICES, SLICES_PATH)
    }, 120_000)

    test('a killed server: nothing known is lost, and all changes come when it is there again', async () => {
      const it = mirror()
      reflected(direct(), it, 90_000, [SLICES])
      await untilSame(it, SLICES, SLICES_PATH)
      const known = it.objects.size
      api.signal('SIGKILL')
      await until(() => it.log.some(line => line === 'lost api-unreachable'))
      expect(it.objects.size).toBe(known)
      await api.restart()
      await touch('after the crash')
      await untilSame(it, SLICES, SLICES_PATH)
    }, 240_000)
  })
}
