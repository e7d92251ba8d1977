// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { node, service, slice } from '../build/objects.ts'
import { type ApiServer, startApiServer } from './api-server.ts'
import { kubeconfig, live } from './client.ts'
import { create, pathOf } from './seed.ts'
import { describeLive } from './suite.ts'

const EARLY = '2026-01-01T00:00:00Z'
const LATE = '2026-01-02T00:00:00Z'
const port = (fields: object) => ({ name: 'http', port: 80, protocol: 'TCP', ...fields })

describeLive('objects that a real API server keeps, odd as they are', () => {
  let api: ApiServer
  beforeAll(async () => {
    api = await startApiServer()
  }, 600_000)
  afterAll(() => api?.stop())

  const restoreService = (name: string, created: string, clusterIP: string, spec: object, ingress?: object[]) =>
    api.restore(`services/specs/default/${name}`, {
      ...service({ name, namespace: 'default', created, spec: { clusterIP, clusterIPs: [clusterIP], ...spec } }),
      status: { loadBalancer: ingress ? { ingress } : {} },
    })

  test('never stop a render: each gets a warning, and the rest is served', async () => {
    // What the API itself takes.
    const addresses = [
      { type: 'InternalIP', address: '192.168.0.1' },
      { type: 'ExternalIP', address: '' },
      { type: 'ExternalIP', address: 'ec2.example.net' },
    ]
    await create(api, { ...node(), status: { addresses } })
    const odd = { externalIPs: ['239.1.1.1', '240.0.0.1', '255.255.255.255', '203.0.113.9'] }
    const made = { ...service({ name: 'special', namespace: 'default' }), spec: { ...odd, ports: [port({})] } }
    await create(api, made)
    // What a restore of etcd brings.
    await restoreService('a', EARLY, '10.96.1.1', { type: 'NodePort', ports: [port({ nodePort: 30080 })] })
    await restoreService('b', LATE, '10.96.1.1', { type: 'NodePort', ports: [port({ nodePort: 30080 })] })
    await restoreService('c', EARLY, '10.96.1.300', {})
    await restoreService('d', EARLY, '10.96.1.4', { type: 'Other', internalTrafficPolicy: 'Zone' })
    await restoreService('e', EARLY, '10.96.1.5', { ports: [] })
    await restoreService('f', EARLY, '10.96.1.6', { ports: [port({ port: 70_000 }), port({ protocol: 'ICMP' })] })
    const ranges = { type: 'LoadBalancer', loadBalancerSourceRanges: ['192.0.2.0/33'] }
    await restoreService('g', EARLY, '10.96.1.7', ranges, [{ ip: '203.0.113.7' }])
    const one = slice({ name: 'a-1', namespace: 'default', service: 'a', endpoints: ['127.0.0.1', 'x', '10.244.0.1'] })
    await api.restore('endpointslices/default/a-1', one)
    await api.restore('endpointslices/default/a-2', slice({ ...{ name: 'a-2', namespace: 'default' }, type: 'IPv5' }))
    // The API server serves them, and lets them be edited.
    const label = { metadata: { labels: { edited: 'true' } } }
    const path = `${pathOf('Service', 'default')}/b`
    await vi.waitFor(() => api.request('PATCH', path, label), { timeout: 20_000, interval: 100 })

    const { certificate, key } = api.certificates.admin
    const base64 = (text: string) => Buffer.from(text).toString('base64')
    const cluster = {
      server: api.url,
      'certificate-authority-data': base64(api.certificates.authority.certificate),
    }
    const user = { 'client-certificate-data': base64(certificate), 'client-key-data': base64(key) }
    const config = kubeconfig(api.folder, cluster, user)
    const { stdout, stderr, code } = await live(config)
    expect(code, stderr).toBe(0)
    const said = [...stderr.matchAll(/^.*warning\[([a-z-]+)\] ((?:Service|Node|EndpointSlice) \S+):/gm)]
    expect(said.map(([, code, object]) => `${object} ${code}`).sort()).toEqual([
      'EndpointSlice default/a-1 bad-address',
      'EndpointSlice default/a-1 special-address',
      'EndpointSlice default/a-2 unknown-value',
      'Node n1 bad-address',
      'Node n1 bad-address',
      'Service default/b duplicate-cluster-ip',
      'Service default/b duplicate-node-port',
      'Service default/c bad-address',
      'Service default/d unknown-value',
      'Service default/d unknown-value',
      'Service default/e no-ports',
      'Service default/f out-of-range',
      'Service default/f unknown-value',
      'Service default/g bad-cidr',
      'Service default/special special-address',
      'Service default/special special-address',
      'Service default/special special-address',
    ])
    expect(stdout).toContain('  n1: {zone: a, addresses: [192.168.0.1]}\n')
    expect(stdout).toContain('default/a:\n    clusterIPs: [10.96.1.1]\n    ports:\n      http: 80:30080/TCP\n')
    expect(stdout).toContain(
      'default/b:\n    clusterIPs: [10.96.1.1]\n    ports:\n      http: 80/TCP except=10.96.1.1\n',
    )
    expect(stdout).toContain('externalIPs: [203.0.113.9]\n')
    expect(stdout).toContain('    - 10.244.0.1\n')
    expect(stdout).not.toContain('203.0.113.7')
    const strict = await live(config, '--strict')
    expect([strict.code, strict.stdout]).toEqual([3, ''])
  }, 120_000)
})
