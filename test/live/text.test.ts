// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseSpec } from '../../src/spec/parse.ts'
import { type ApiServer, startApiServer } from './api-server.ts'
import { renderedExport } from './client.ts'
import { create, pathOf, seed } from './seed.ts'
import { describeLive } from './suite.ts'

/** The API server restricts no zone of an endpoint. */
const ZONES = [
  'eu west',
  'a not-ready',
  'a,b',
  'a=b zone=c',
  '100%25',
  '"quoted" \\ ',
  ' #: - {x}',
  'x\n::error::y\r',
  '\x1b[2J\u202e\u200b\u2028',
  'zürich 💥',
  '0x1f',
]

describeLive('text that a real API server keeps', () => {
  let api: ApiServer
  beforeAll(async () => {
    api = await startApiServer()
    await seed(api, 0)
  }, 600_000)
  afterAll(() => api?.stop())

  const sliceOf = (name: string, endpoints: object[]) => ({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name, namespace: 'many', labels: { 'kubernetes.io/service-name': 'text' } },
    addressType: 'IPv4',
    endpoints,
    ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
  })

  test('zones are any text and a hint may be empty: the spec has them as they are', async () => {
    const ports = [{ name: 'http', port: 80 }]
    await create(api, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'text', namespace: 'many' },
      spec: { ports },
    })
    const zoned = ZONES.map((zone, i) => ({ addresses: [`10.9.0.${i + 1}`], nodeName: 'node-a1', zone }))
    const hinted = { addresses: ['10.9.1.1'], hints: { forZones: [{ name: '' }, { name: 'A.b_c' }] } }
    await create(api, sliceOf('text-1', [...zoned, hinted]))
    const { value, diagnostics } = parseSpec(await renderedExport(api), 'spec.yaml')
    expect(diagnostics).toEqual([])
    const endpoints = value!.services.find(({ name }) => name === 'text')!.endpoints[0]!.endpoints
    expect(endpoints.slice(0, -1).map(({ zone }) => zone)).toEqual(ZONES)
    expect(endpoints.at(-1)!.forZones).toEqual(['', 'A.b_c'])
  })

  test.each([
    ['a hint that is no label', { hints: { forZones: [{ name: 'a b' }] } }],
    ['a node that is no subdomain', { nodeName: 'a b' }],
  ])('%s is refused', async (_what, fields) => {
    const path = pathOf('EndpointSlice', 'many')
    const endpoints = [{ addresses: ['10.9.2.1'], ...fields }]
    await expect(api.request('POST', path, sliceOf('bad', endpoints))).rejects.toThrow(/Invalid/)
  })
})
