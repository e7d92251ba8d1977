// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { BINARY } from '../kernel/balancing.ts'
import { type ApiServer, startApiServer } from './api-server.ts'
import { expectSame, kubeconfig, live, rendered, renderedExport } from './client.ts'
import { type Deed, type Interfere, startProxy, startTunnel, type TestProxy } from './proxy.ts'
import { create, createRoles, manyService, manySlice, pathOf, seed } from './seed.ts'
import { describeLive } from './suite.ts'

const MANY = 3000
const ADDRESS = '203.0.113.77'

describeLive('live render, of a real API server', () => {
  let api: ApiServer
  let token: string
  let proxy: TestProxy | undefined
  beforeAll(async () => {
    api = await startApiServer()
    await seed(api, MANY)
    await createRoles(api)
    token = await api.token('balancing-render')
  }, 600_000)
  afterEach(async () => {
    await proxy?.close()
    proxy = undefined
  })
  afterAll(() => api?.stop())

  const authority = () => Buffer.from(api.certificates.authority.certificate).toString('base64')
  const direct = () => kubeconfig(api.folder, { server: api.url, 'certificate-authority-data': authority() }, { token })
  const through = async (interfere: Interfere) => {
    proxy = await startProxy(api, interfere)
    return kubeconfig(api.folder, { server: proxy.url }, { token })
  }

  /** One change after the other, to all three kinds, that the spec shows. */
  async function changeAll(mark: string): Promise<void> {
    const zone = { metadata: { labels: { 'topology.kubernetes.io/zone': `zone-${mark}` } } }
    await api.request('PATCH', `${pathOf('Node')}/node-a1`, zone)
    await api.request('DELETE', `${pathOf('Service', 'many')}/s7`)
    await create(api, manyService(`new-${mark}`))
    await create(api, manySlice(`new-${mark}`, ADDRESS))
    await api.request('DELETE', `${pathOf('EndpointSlice', 'many')}/s8-1`)
    await create(api, manyService('s7'))
    await create(api, manySlice('s8', '10.245.99.99'))
  }

  test('gives the same bytes as the offline render of an export, in pages of 500', async () => {
    const path = await through(() => 'pass')
    const { stdout, stderr, code } = await live(path)
    expect(code, stderr).toBe(0)
    expectSame(stdout, await renderedExport(api))
    expect(stdout.match(/^ {2}many\/s\d+:$/gm)).toHaveLength(2 * MANY)
    expect(stderr).toMatch(/^http:\/\/127\.0\.0\.1:\d+ \(context test\) at resourceVersion \d+$/m)
    expect(stderr).toContain('3,018 services')
    const pages = (kind: string) => proxy!.asked.filter(asked => asked.includes(`/${kind}?limit=500`)).length
    expect([pages('services'), pages('nodes')]).toEqual([7, 1])
    expect(await rendered(path, '-o', 'json')).toMatch(/^\{/)
  })

  test('uses bearer tokens, token files, client certificates and server names of a kubeconfig', async () => {
    const spec = await renderedExport(api)
    const { certificate, key } = api.certificates.admin
    const files = { 'token.txt': `${token}\n`, 'ca.crt': api.certificates.authority.certificate, 'a.crt': certificate }
    const users = [
      { token },
      { token: 'worse', tokenFile: '../token.txt' },
      { 'client-certificate': '../a.crt', 'client-key-data': Buffer.from(key).toString('base64') },
    ]
    for (const [name, text] of Object.entries(files)) writeFileSync(join(api.folder, name), text)
    for (const user of users) {
      const cluster = {
        server: api.url,
        'certificate-authority': '../ca.crt',
        'tls-server-name': 'kubernetes.default.svc',
      }
      expectSame(await rendered(kubeconfig(api.folder, cluster, user)), spec)
    }
    const config = direct()
    const out = join(api.folder, 'out.yaml')
    expect((await live('/dev/null', '--kubeconfig', config, '--context', 'test', '--out', out)).code).toBe(0)
    expectSame(readFileSync(out, 'utf8'), spec)
  })

  test('runs credential plugins, without a terminal', async () => {
    const plugin = join(api.folder, 'plugin')
    const credential = { apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status: { token } }
    writeFileSync(
      plugin,
      `#!/bin/sh\ncat\necho "$KUBERNETES_EXEC_INFO" > "$0.told"\necho '${JSON.stringify(credential)}'\n`,
      {
        mode: 0o755,
      },
    )
    const exec = { apiVersion: credential.apiVersion, command: '../plugin', provideClusterInfo: true }
    const cluster = { server: api.url, 'certificate-authority-data': authority() }
    expectSame(await rendered(kubeconfig(api.folder, cluster, { exec })), await renderedExport(api))
    const told = JSON.parse(readFileSync(`${plugin}.told`, 'utf8'))
    expect(told).toEqual({
      apiVersion: credential.apiVersion,
      kind: 'ExecCredential',
      spec: { interactive: false, cluster },
    })
  })

  test("goes through a kubeconfig's proxy-url", async () => {
    const tunnel = await startTunnel()
    const cluster = { server: api.url, 'certificate-authority-data': authority(), 'proxy-url': tunnel.url }
    expectSame(await rendered(kubeconfig(api.folder, cluster, { token })), await renderedExport(api))
    expect(new Set(tunnel.asked)).toEqual(new Set([new URL(api.url).host]))
    await tunnel.close()
  })

  // Only root can show one process another /run.
  test.skipIf(process.getuid?.() !== 0)('in a pod, uses its service account', async () => {
    const account = join(api.folder, 'account')
    mkdirSync(account)
    writeFileSync(join(account, 'token'), token)
    writeFileSync(join(account, 'ca.crt'), api.certificates.authority.certificate)
    const place = '/run/secrets/kubernetes.io/serviceaccount'
    const script = `mount -t tmpfs none /run && mkdir -p ${place} && cp ${account}/* ${place} && exec ${BINARY} render`
    const [host, port] = new URL(api.url).host.split(':')
    const pod = { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port }
    const env = { PATH: process.env.PATH, HOME: account, BALANCING_DEVICE: 'none', ...pod }
    const ran = spawnSync('unshare', ['--mount', 'sh', '-c', script], { env, encoding: 'utf8', maxBuffer: 1 << 26 })
    expect(ran.status, ran.stderr).toBe(0)
    expect(ran.stderr).toContain('the service account of this pod')
    expectSame(ran.stdout, await renderedExport(api))
  })

  test.each([
    ['between two kinds', /endpointslices\?limit=500&resource/],
    ['between two pages', /services\?limit=500&continue/],
  ])('shows one moment when everything changes %s', async (name, moment) => {
    const before = await renderedExport(api)
    const mark = name.split(' ').at(-1)!
    let changed = false
    const path = await through(async (asked): Promise<Deed> => {
      if (moment.test(asked) && !changed) {
        changed = true
        await changeAll(mark)
      }
      return 'pass'
    })
    const { stdout, stderr } = await live(path)
    expect(changed).toBe(true)
    expectSame(stdout, before)
    const [, version] = /at resourceVersion (\d+)/.exec(stderr)!
    expectSame(stdout, await renderedExport(api, version!))
    const after = await rendered(direct())
    expectSame(after, await renderedExport(api))
    for (const change of [`{zone: zone-${mark},`, `many/new-${mark}:`]) expect(after.includes(change)).toBe(true)
  })

  test('starts anew with all kinds when the server forgets the version between two pages (410)', async () => {
    let gone = 0
    const path = await through(async (asked): Promise<Deed> => {
      if (!/services\?limit=500&continue/.test(asked) || gone > 0) return 'pass'
      gone++
      await changeAll('gone')
      return { status: 410, body: { kind: 'Status', message: 'The provided continue parameter is too old', code: 410 } }
    })
    expectSame(await rendered(path), await renderedExport(api))
    expect(proxy!.asked.filter(asked => asked.includes('nodes?limit=500'))).toHaveLength(2)
  })
})
