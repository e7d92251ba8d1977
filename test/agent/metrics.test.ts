// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest'
import { FixedSpec } from '../../src/agent/desired.ts'
import { Latency } from '../../src/agent/latency.ts'
import { createMetrics } from '../../src/agent/metrics/metrics.ts'
import { noLocalEndpoints } from '../../src/agent/no-local-endpoints.ts'
import type { Sample } from '../../src/agent/sample.ts'
import { Status } from '../../src/agent/status.ts'
import { error } from '../../src/base/diagnostic.ts'
import type { Endpoint, Service } from '../../src/spec/spec.ts'

const endpoint = (node: string, ready: boolean, terminating = false): Endpoint => ({
  ...{ address: '10.0.0.1', node, ready, serving: true, terminating, forZones: [], forNodes: [] },
})

const service = (...endpoints: Endpoint[]): Service => ({
  ...{ namespace: 'shop', name: 'web', clusterIPs: ['10.96.0.1'], externalIPs: [], loadBalancerIPs: ['192.0.2.1'] },
  ...{ sourceRanges: [], internalTrafficPolicy: 'Cluster', externalTrafficPolicy: 'Local' },
  ports: [{ name: 'http', port: 80, protocol: 'TCP', except: [] }],
  endpoints: [{ ports: [{ name: 'http', number: 8080 }], endpoints }],
})

test.each<[string, Service, number, number]>([
  ['a local endpoint', service(endpoint('n1', true), endpoint('n2', true)), 0, 0],
  ['endpoints elsewhere', service(endpoint('n2', true)), 0, 1],
  ['endpoints elsewhere, both policies', { ...service(endpoint('n2', true)), internalTrafficPolicy: 'Local' }, 1, 1],
  ['a local one that terminates', service(endpoint('n1', false, true), endpoint('n2', true)), 0, 0],
  ['a local one that is not ready', service(endpoint('n1', false), endpoint('n2', true)), 0, 1],
  ['no endpoint at all', service(), 0, 0],
  ['policy Cluster', { ...service(endpoint('n2', true)), externalTrafficPolicy: 'Cluster' }, 0, 0],
  ['nothing external', { ...service(endpoint('n2', true)), loadBalancerIPs: [] }, 0, 0],
])('ports without a local endpoint: %s', (_, service, internal, external) => {
  expect(noLocalEndpoints(service, 'n1')).toEqual({ internal, external })
  const total = new FixedSpec({ nodes: [], services: [service, service] }, 'n1').figures()
  expect(total).toEqual({
    services: 2,
    noLocal: { internal: 2 * internal, external: 2 * external },
    entries: undefined,
  })
})

test('the latency of a change counts from its cause until it is written', () => {
  const latency = new Latency()
  const at = (text: string) => ({
    metadata: { annotations: { 'endpoints.kubernetes.io/last-change-trigger-time': text } },
  })
  latency.changed(at('2026-11-29T09:00:00Z'))
  latency.taken()
  latency.changed(at('2026-11-29T09:00:01.5Z'))
  for (const odd of [{}, { metadata: { annotations: null } }, at('soon')]) latency.changed(odd)
  expect(latency.written(Date.parse('2026-11-29T09:00:02Z'))).toEqual([2])
  latency.changed(at('2026-11-29T10:00:00Z'))
  latency.changed(at('2026-11-29T07:00:00Z'))
  latency.taken()
  expect(latency.written(Date.parse('2026-11-29T09:00:03Z'))).toEqual([1.5])
  expect(latency.written(Date.parse('2026-11-29T09:00:03Z'))).toEqual([])
})

/** The lines of a scrape without those of buckets, by name and labels. */
async function scrape(answer: () => Promise<{ body: string }>): Promise<Map<string, string>> {
  const { body } = await answer()
  const lines = body.split('\n').filter(line => line !== '' && !line.startsWith('#'))
  return new Map(lines.map(line => [line.slice(0, line.lastIndexOf(' ')), line.slice(line.lastIndexOf(' ') + 1)]))
}

test('a scrape has what happened, under the names of kube-proxy and its own', async () => {
  let now: Sample | undefined
  const metrics = createMetrics(() => now, '1.2.3')
  const status = new Status('live', 'n1', metrics.observers)
  expect((await scrape(metrics.answer)).get('balancing_flushes_total')).toBe('0')
  status.changed('services')
  for (let i = 0; i < 3; i++) status.changed('endpointslices')
  status.changed('nodes')
  status.applied('abc', 40)
  status.flushed('def', 7, 1.5)
  status.served()
  status.programmed([0.3, 4])
  status.resynced(0)
  status.resynced(2)
  status.damaged('a program is missing')
  status.failed([error('map-full', 'a map is full')])
  status.connected('services', 'https://192.0.2.1')
  status.lost('nodes', 'api-stalled', 'is silent')
  status.destroyed(5)
  metrics.asked('healthz', 503)
  metrics.asked('livez', 200)
  status.answered('GET', '192.0.2.1:6443', 410)
  now = {
    ...{
      status: status.current,
      isHealthy: true,
      isReady: false,
      waiting: 2.5,
      pending: { services: 1, endpoints: 4 },
    },
    figures: { services: 9, noLocal: { internal: 0, external: 3 }, entries: { frontends: 12 } },
    exposure: { pending: 8, isRejected: true },
    edges: {
      counts: { refused: 1, unanswered: 0, dropped: 0, moved: 0, otherPort: 0, portsExhausted: 6, restored: 2 },
      flows: {
        ...{ inUse: 7, tcp: 5, udp: 2, ipv4: 7, ipv6: 0, masqueraded: 1, records: 15 },
        ...{ maxRecords: 262_144, evicted: 3, since: null },
      },
    },
  }
  const got = await scrape(metrics.answer)
  expect(
    Object.fromEntries([...got].filter(([name]) => /^kubeproxy/.test(name) && !/bucket|timestamp/.test(name))),
  ).toEqual({
    kubeproxy_network_programming_duration_seconds_sum: '4.3',
    kubeproxy_network_programming_duration_seconds_count: '2',
    kubeproxy_sync_proxy_rules_duration_seconds_sum: '0.0415',
    kubeproxy_sync_proxy_rules_duration_seconds_count: '2',
    kubeproxy_sync_full_proxy_rules_duration_seconds_sum: '0.04',
    kubeproxy_sync_full_proxy_rules_duration_seconds_count: '1',
    kubeproxy_sync_partial_proxy_rules_duration_seconds_sum: '0.0015',
    kubeproxy_sync_partial_proxy_rules_duration_seconds_count: '1',
    kubeproxy_sync_proxy_rules_endpoint_changes_total: '3',
    kubeproxy_sync_proxy_rules_service_changes_total: '1',
    kubeproxy_sync_proxy_rules_endpoint_changes_pending: '4',
    kubeproxy_sync_proxy_rules_service_changes_pending: '1',
    'kubeproxy_sync_proxy_rules_no_local_endpoints_total{traffic_policy="internal"}': '0',
    'kubeproxy_sync_proxy_rules_no_local_endpoints_total{traffic_policy="external"}': '3',
    'kubeproxy_proxy_healthz_total{code="503"}': '1',
    'kubeproxy_proxy_livez_total{code="200"}': '1',
  })
  expect(Object.fromEntries([...got].filter(([name]) => /^balancing/.test(name) && !/timestamp/.test(name)))).toEqual({
    'balancing_build_info{version="1.2.3"}': '1',
    'balancing_exposure_info{revision="def",mode="live"}': '1',
    balancing_exposure_pending: '8',
    balancing_exposure_rejected: '1',
    balancing_healthy: '1',
    balancing_ready: '0',
    balancing_oldest_change_seconds: '2.5',
    balancing_services: '9',
    'balancing_map_entries{map="frontends"}': '12',
    'balancing_api_connected{kind="services"}': '1',
    'balancing_api_connected{kind="nodes"}': '0',
    'balancing_edge_events{event="refused"}': '1',
    'balancing_edge_events{event="unanswered"}': '0',
    'balancing_edge_events{event="dropped"}': '0',
    'balancing_edge_events{event="moved"}': '0',
    'balancing_edge_events{event="otherPort"}': '0',
    'balancing_edge_events{event="portsExhausted"}': '6',
    'balancing_edge_events{event="restored"}': '2',
    'balancing_flows{protocol="TCP"}': '5',
    'balancing_flows{protocol="UDP"}': '2',
    balancing_flow_records: '15',
    balancing_flow_records_max: '262144',
    balancing_flow_records_evicted: '3',
    balancing_flushes_total: '1',
    balancing_flush_writes_total: '7',
    balancing_applies_total: '1',
    'balancing_failures_total{code="map-full"}': '1',
    balancing_resyncs_total: '2',
    balancing_drift_entries_total: '2',
    balancing_damages_total: '1',
    'balancing_watch_restarts_total{kind="nodes",code="api-stalled"}': '1',
    balancing_destroyed_sockets_total: '5',
  })
  expect(got.get('rest_client_requests_total{method="GET",host="192.0.2.1:6443",code="410"}')).toBe('1')
  const near = Date.now() / 1000
  for (const name of ['last', 'last_queued'])
    expect(Number(got.get(`kubeproxy_sync_proxy_rules_${name}_timestamp_seconds`)) - near).toBeCloseTo(0, -1)
  expect(Number(got.get('process_resident_memory_bytes'))).toBeGreaterThan(1e7)
})

test('the buckets are those of kube-proxy 1.36', async () => {
  const { body, headers } = await createMetrics(() => undefined, '').answer()
  expect(headers).toEqual({ 'content-type': 'text/plain; version=0.0.4; charset=utf-8' })
  const buckets = (name: string) =>
    [...body.matchAll(new RegExp(`^kubeproxy_${name}_bucket{le="([^"]*)"}`, 'gm'))].map(([, le]) => le)
  expect(buckets('sync_proxy_rules_duration_seconds').join(' ')).toBe(
    '0.001 0.002 0.004 0.008 0.016 0.032 0.064 0.128 0.256 0.512 1.024 2.048 4.096 8.192 16.384 +Inf',
  )
  const programming = buckets('network_programming_duration_seconds')
  expect(programming).toEqual([...new Set(programming)])
  expect([programming.slice(0, 4), programming.slice(60, 64), programming.slice(-3)]).toEqual([
    ['0.25', '0.5', '1', '2'],
    ['59', '60', '65', '70'],
    ['270', '300', '+Inf'],
  ])
})
