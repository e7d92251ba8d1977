// SPDX-License-Identifier: Apache-2.0
import { Counter, exponentialBuckets, Gauge, Histogram, linearBuckets, type Registry } from 'prom-client'
import type { Observer } from '../observer.ts'
import type { Sample } from '../sample.ts'

/** Those of kube-proxy 1.36: dashboards compute quantiles from them. */
const SYNC_BUCKETS = exponentialBuckets(0.001, 2, 15)
const PROGRAMMING_BUCKETS = [
  ...linearBuckets(0.25, 0.25, 2),
  ...linearBuckets(1, 1, 59),
  ...linearBuckets(60, 5, 12),
  ...linearBuckets(120, 30, 7),
]

/** What hears of answers at /healthz and /livez. */
interface HealthCounts {
  asked(path: 'healthz' | 'livez', status: number): void
}

/**
 * The metrics of kube-proxy that dashboards and alerts use, under its names. A plan serves both families, so none has the label
 * `ip_family`.
 */
export function kubeProxyMetrics(registry: Registry, sample: () => Sample | undefined): Observer & HealthCounts {
  const registers = [registry]
  const histogram = (name: string, help: string, buckets: number[]) =>
    new Histogram({ name: `kubeproxy_${name}`, help, buckets, registers })
  const counter = (name: string, help: string) => new Counter({ name: `kubeproxy_${name}`, help, registers })
  const gauge = (name: string, help: string) => new Gauge({ name: `kubeproxy_${name}`, help, registers })
  const sampled = (name: string, help: string, figure: (sample: Sample) => number) => {
    const collect = function (this: Gauge): void {
      const now = sample()
      if (now) this.set(figure(now))
    }
    return new Gauge({ name: `kubeproxy_${name}`, help, registers, collect })
  }

  const programming = histogram(
    'network_programming_duration_seconds',
    'From the change of a pod or Service, as its EndpointSlice says, until it is in the kernel',
    PROGRAMMING_BUCKETS,
  )
  const sync = histogram('sync_proxy_rules_duration_seconds', 'A plan or an apply, whole', SYNC_BUCKETS)
  const full = histogram('sync_full_proxy_rules_duration_seconds', 'An apply of the whole spec', SYNC_BUCKETS)
  const partial = histogram('sync_partial_proxy_rules_duration_seconds', 'A plan of changes', SYNC_BUCKETS)
  const last = gauge('sync_proxy_rules_last_timestamp_seconds', 'When all that had changed was done last')
  const queued = gauge('sync_proxy_rules_last_queued_timestamp_seconds', 'When a change came last')
  const endpoints = counter('sync_proxy_rules_endpoint_changes_total', 'Changes of EndpointSlices')
  const services = counter('sync_proxy_rules_service_changes_total', 'Changes of Services')
  sampled(
    'sync_proxy_rules_endpoint_changes_pending',
    'Services whose EndpointSlices have changed since the last plan',
    s => s.pending.endpoints,
  )
  sampled(
    'sync_proxy_rules_service_changes_pending',
    'Services that have changed since the last plan',
    s => s.pending.services,
  )
  new Gauge({
    name: 'kubeproxy_sync_proxy_rules_no_local_endpoints_total',
    help: 'Service ports of policy Local that have endpoints, but none on this node',
    labelNames: ['traffic_policy'],
    registers,
    collect() {
      const lacks = sample()?.figures?.noLocal
      for (const policy of ['internal', 'external'] as const) this.set({ traffic_policy: policy }, lacks?.[policy] ?? 0)
    },
  })
  const codes = (path: string) =>
    new Counter({ name: `kubeproxy_proxy_${path}_total`, help: `Answers at /${path}`, labelNames: ['code'], registers })
  const answers = { healthz: codes('healthz'), livez: codes('livez') }

  const requests = new Counter({
    name: 'rest_client_requests_total',
    help: 'Answers of API servers',
    labelNames: ['method', 'host', 'code'],
    registers,
  })

  const synced = (seconds: number, kind: Histogram): void => {
    sync.observe(seconds)
    kind.observe(seconds)
  }
  return {
    changed(kind) {
      if (kind === 'services') services.inc()
      else if (kind === 'endpointslices') endpoints.inc()
      queued.setToCurrentTime()
    },
    flushed: (_, seconds) => synced(seconds, partial),
    applied: seconds => synced(seconds, full),
    served: () => last.setToCurrentTime(),
    programmed: seconds => programming.observe(seconds),
    asked: (path, status) => answers[path].inc({ code: String(status) }),
    answered: (method, host, status) => requests.inc({ method, host, code: String(status) }),
  }
}
