// SPDX-License-Identifier: Apache-2.0
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { rootCertificates } from 'node:tls'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type ApiServer, startApiServer } from './api-server.ts'
import { expectSame, fails, kubeconfig, live, rendered, renderedExport } from './client.ts'
import { type Deed, type Interfere, startProxy, type TestProxy } from './proxy.ts'
import { createRoles, pathOf, seed } from './seed.ts'
import { describeLive } from './suite.ts'

const SLICES = '/apis/discovery.k8s.io/v1/endpointslices?limit=500'

describeLive('live render, when something is wrong', () => {
  let api: ApiServer
  let token: string
  let proxy: TestProxy | undefined
  beforeAll(async () => {
    // Versions are read from etcd itself, not from the API server's memory of the last minutes: it forgets when told to.
    api = await startApiServer('--feature-gates=ListFromCacheSnapshot=false')
    await seed(api, 600)
    await createRoles(api)
    token = await api.token('balancing-render')
  }, 600_000)
  afterEach(async () => {
    await proxy?.close()
    proxy = undefined
  })
  afterAll(() => api?.stop())

  const withAuthority = (pem: string) => ({
    server: api.url,
    'certificate-authority-data': Buffer.from(pem).toString('base64'),
  })
  const cluster = () => withAuthority(api.certificates.authority.certificate)
  const through = async (interfere: Interfere) => {
    proxy = await startProxy(api, interfere)
    return kubeconfig(api.folder, { server: proxy.url }, { token })
  }
  /** Does these in turn to what matches, then lets it pass; `always` never lets it pass. */
  const first = (match: string, ...deeds: Deed[]): Interfere => {
    return path => (path.includes(match) ? (deeds.shift() ?? 'pass') : 'pass')
  }
  const always = (match: string, deed: Deed): Interfere => {
    return path => (path.includes(match) ? deed : 'pass')
  }
  const status = (code: number, message: string) => ({
    status: code,
    body: { kind: 'Status', apiVersion: 'v1', status: 'Failure', message, code },
  })

  test.each<[string, Deed[]]>([
    ['500 and 503', [status(500, 'etcdserver: leader changed'), status(503, 'no'), { status: 502, body: '<html>' }]],
    ['429', [{ ...status(429, 'too many requests'), headers: { 'retry-after': '1' } }]],
    ['cut answers', ['cut', 'cut']],
    ['half a page that calls itself whole', [{ status: 200, body: '{"kind":"EndpointSliceList","items":[{' }]],
  ])('asks again after %s, and gives the same bytes', async (_, deeds) => {
    const count = deeds.length
    const path = await through(first(SLICES, ...deeds))
    expectSame(await rendered(path), await renderedExport(api))
    const asked = proxy!.asked.filter(path => path.startsWith(SLICES) && !path.includes('continue'))
    expect(asked).toHaveLength(count + 1)
  })

  test('waits as long as Retry-After says', async () => {
    const started: number[] = []
    const path = await through(path => {
      if (!path.startsWith(SLICES)) return 'pass'
      started.push(performance.now())
      return started.length === 1 ? { ...status(429, 'later'), headers: { 'retry-after': '2' } } : 'pass'
    })
    await rendered(path)
    expect(started[1]! - started[0]!).toBeGreaterThanOrEqual(2000)
  })

  test.each<[string, Deed, RegExp]>([
    [
      '500',
      status(500, 'etcd is gone'),
      /error\[api-error\] listing endpointslices failed: \S+ answered 500, 5 times: etcd is gone\n/,
    ],
    ['429', status(429, 'too busy'), /error\[api-error\] .* answered 429, 5 times: too busy\n/],
    [
      'cut',
      'cut',
      /error\[api-unreachable\] listing endpointslices failed: \S+ broke the connection \(ECONNRESET\), 5 times\n/,
    ],
    [
      '404',
      status(404, 'the server could not find it'),
      /error\[api-error\] .* answered 404: the server could not find it\n/,
    ],
    [
      'half a page',
      { status: 200, body: '{"items":[' },
      /error\[api-unreachable\] .* sends answers that end in the middle, 5 times\n/,
    ],
    [
      'no list',
      { status: 200, body: '<html>login</html>' },
      /error\[api-answer\] \S+ is no API server: .* EndpointSliceList at/,
    ],
    [
      'another list',
      { status: 200, body: '{"kind":"PodList","metadata":{"resourceVersion":"1"},"items":[]}' },
      /error\[api-answer\] \S+ is no API server/,
    ],
    [
      '410',
      status(410, 'too old'),
      /error\[api-expired\] \S+ forgot what it was listing before all was read, 3 times\n/,
    ],
  ])('gives up when it is always %s: a sentence, exit 4', async (_, deed, message) => {
    await fails(await through(always(SLICES, deed)), 4, message)
  })

  test('starts anew at a later version when etcd has forgotten this one: a 410 of the server itself', async () => {
    const mark = async (zone: string) => {
      const metadata = { labels: { 'topology.kubernetes.io/zone': zone } }
      await api.request('PATCH', `${pathOf('Node')}/node-a1`, { metadata })
    }
    for (const match of ['/nodes?limit=500', '/services?limit=500&continue']) {
      let compacted = false
      const path = await through(async (asked): Promise<Deed> => {
        if (asked.includes(match) && !compacted) {
          compacted = true
          await mark(`later-${match.length}`)
          await api.compact()
        }
        return 'pass'
      })
      const spec = await rendered(path)
      expect(spec.split('\n').slice(0, 8).join()).toContain(`later-${match.length}`)
      expectSame(spec, await renderedExport(api))
      expect(proxy!.asked.filter(asked => asked.includes('/nodes?limit=500'))).toHaveLength(2)
      await proxy!.close()
    }
  })

  test('a server that dies half-way, and one that is not there', async () => {
    const path = await through(async asked => {
      if (asked.includes('continue')) void proxy!.close()
      return asked.includes('continue') ? 'hang' : 'pass'
    })
    await fails(
      path,
      4,
      /error\[api-unreachable\] listing services failed: \S+ refuses the connection: nothing listens/,
    )
    const nowhere = kubeconfig(api.folder, { server: 'https://no-such-host.invalid' }, { token })
    await fails(
      nowhere,
      4,
      /error\[api-unreachable\] listing nodes failed: https:\/\/no-such-host\.invalid cannot be found/,
    )
  })

  test('takes no longer than --timeout: a server, a Retry-After, a plugin that never ends', async () => {
    const late =
      /error\[api-timeout\] \S+ was not done listing endpointslices after 2 s\n {2}hint: give it more: --timeout/
    await fails(await through(always(SLICES, 'hang')), 4, late, '--timeout', '2')
    await proxy!.close()
    const hour = { ...status(429, 'later'), headers: { 'retry-after': '3600' } }
    await fails(await through(always(SLICES, hour)), 4, late, '--timeout', '2')
    // Its child has its pipes too, and outlives it.
    const plugin = join(api.folder, 'sleeping')
    writeFileSync(plugin, '#!/bin/sh\nsleep 30\n', { mode: 0o755 })
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: plugin }
    const sleeping = kubeconfig(api.folder, cluster(), { exec })
    await fails(sleeping, 4, /error\[api-timeout\] \S+ was not done giving credentials after 1 s/, '--timeout', '1')
  })

  test('plugins that fail or talk nonsense', async () => {
    const ran = (text: string) => {
      const plugin = join(api.folder, `plugin-${text.length}`)
      writeFileSync(plugin, `#!/bin/sh\n${text}\n`, { mode: 0o755 })
      const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: plugin }
      return kubeconfig(api.folder, cluster(), { exec })
    }
    const failed = 'error\\[no-credentials\\] the credentials of context test cannot be had: '
    await fails(ran('echo "session ended: log in" >&2; exit 1'), 4, new RegExp(`${failed}session ended: log in\n`))
    await fails(ran('echo secret-word'), 4, new RegExp(`${failed}the answer is not what was asked for\n`))
    const missing = kubeconfig(api.folder, cluster(), { exec: { command: 'no-such-plugin' } })
    await fails(missing, 4, new RegExp(`${failed}the plugin no-such-plugin cannot be run \\(ENOENT\\)\n`))
  })

  test('certificates that nobody vouches for, and names that are not in them', async () => {
    const untrusted =
      /error\[api-certificate\] the certificate of \S+ is not trusted: .*\n {2}hint: certificate-authority/
    await fails(kubeconfig(api.folder, withAuthority(rootCertificates[0]!), { token }), 4, untrusted)
    await fails(kubeconfig(api.folder, { server: api.url }, { token }), 4, untrusted)
    await fails(kubeconfig(api.folder, { ...cluster(), 'tls-server-name': 'other' }, { token }), 4, untrusted)
    const mixed = {
      'client-certificate-data': api.certificates.admin.certificate,
      'client-key-data': api.certificates.server.key,
    }
    const inBase64 = Object.fromEntries(
      Object.entries(mixed).map(([key, pem]) => [key, Buffer.from(pem).toString('base64')]),
    )
    const unfit = /error\[bad-credentials\] the certificates of context test cannot be used: .*key values mismatch/
    await fails(kubeconfig(api.folder, cluster(), inBase64), 3, unfit)
    const plain = api.url.replace('https', 'http')
    await fails(kubeconfig(api.folder, { server: plain }, { token }), 4, /error\[api-error\] .* answered 400/)
    const noTls = await startProxy(api, () => 'pass')
    const wrong = kubeconfig(api.folder, { server: noTls.url.replace('http', 'https') }, { token })
    await fails(wrong, 4, /error\[api-unreachable\] .* does not speak TLS/)
    await noTls.close()
  })

  test('tokens that ended, or are none', async () => {
    const unauthorized = /error\[api-unauthorized\] \S+ does not accept these credentials \(401\): Unauthorized\n/
    await fails(kubeconfig(api.folder, cluster(), { token: 'no-token' }), 4, unauthorized)
    const ended = kubeconfig(api.folder, cluster(), { token: api.ended(token) })
    await fails(ended, 4, unauthorized)
    await fails(ended, 4, /hint: the token ended at 20\d\d-.*Z: get a new one/)
    // Nobody in particular is system:anonymous.
    await fails(kubeconfig(api.folder, cluster(), {}), 4, /error\[api-forbidden\] .*system:anonymous/)
  })

  test('every missing permission is named, and the shipped role has not one too many', async () => {
    const path = kubeconfig(api.folder, cluster(), { token })
    const role = `${pathOf('ClusterRole')}/balancing-render`
    const { rules } = await api.request<{ rules: { resources: string[]; verbs: string[] }[] }>('GET', role)
    const allow = (allowed: string[], verbs = ['get', 'list']) => {
      const narrowed = rules.map(rule => ({
        ...rule,
        verbs,
        resources: rule.resources.filter(r => allowed.includes(r)),
      }))
      return api.request('PATCH', role, { rules: narrowed.filter(({ resources }) => resources.length > 0) })
    }
    const becomes = async (message: RegExp) => {
      // The authorizer learns of a role a moment later.
      await expect.poll(async () => (await live(path)).stderr, { timeout: 30_000, interval: 200 }).toMatch(message)
      await fails(path, 4, message)
    }
    const of = (kind: string) => `error\\[api-forbidden\\] listing ${kind} is not allowed \\(403\\): .*"${kind}".*`
    for (const kind of ['nodes', 'services', 'endpointslices']) {
      await allow(['nodes', 'services', 'endpointslices'].filter(other => other !== kind))
      await becomes(new RegExp(`^${of(kind)}\n {2}hint: manifests/rbac\\.yaml[^\n]*\n$`))
    }
    await allow(['services'])
    await becomes(new RegExp(`${of('nodes')}\n[^\n]*\n${of('endpointslices')}`))
    await allow(['nodes', 'services', 'endpointslices'], ['list'])
    await expect.poll(async () => (await live(path)).code, { timeout: 30_000, interval: 200 }).toBe(0)
    expect(new Set(rules.flatMap(({ verbs }) => verbs))).toEqual(new Set(['get', 'list']))
    expect(rules.flatMap(({ resources }) => resources).sort()).toEqual(['endpointslices', 'nodes', 'services'])
  })

  test('kinds that do not count in one history are not put together', async () => {
    const other = { kind: 'NodeList', apiVersion: 'v1', metadata: { resourceVersion: '17' }, items: [] }
    const path = await through(always('/nodes?', { status: 200, body: other }))
    await fails(
      path,
      4,
      /error\[no-common-version\] nodes, services and endpointslices have no resourceVersion in common \(17, /,
    )
    await proxy!.close()
    // A front that forgets what it is asked for.
    const ignoring = await through(always('/nodes?limit=500', { status: 200, body: other }))
    await fails(ignoring, 4, /error\[api-answer\] \S+ was asked for version \d+ of nodes and gave 17\n/)
  })

  test('what objects of the cluster lack is said without lines, which nobody has', async () => {
    const address = '203.0.113.50'
    for (const name of ['one', 'two']) {
      const ports = [{ name: 'http', port: 80 }]
      const metadata = { name, namespace: 'many' }
      const body = { apiVersion: 'v1', kind: 'Service', metadata, spec: { ports, externalIPs: [address] } }
      await api.request('POST', pathOf('Service', 'many'), body)
    }
    const { stderr, code } = await live(kubeconfig(api.folder, cluster(), { token }))
    expect(code).toBe(0)
    const place = `services of ${api.url}: warning\\[frontend-claimed-twice\\] Service many/two: `
    expect(stderr).toMatch(new RegExp(`^${place}${address}:80/TCP belongs to Service many/one, which came first$`, 'm'))
  })
})
