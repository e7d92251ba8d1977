// SPDX-License-Identifier: Apache-2.0
import { Registry } from 'prom-client'
import type { Answer } from '../http/answer.ts'
import type { Observer } from '../observer.ts'
import type { Sample } from '../sample.ts'
import { agentMetrics } from './agent-metrics.ts'
import { kubeProxyMetrics } from './kube-proxy-metrics.ts'
import { processMetrics } from './process-metrics.ts'

/** The metrics of an agent. */
export interface Metrics {
  /** Those to tell what the agent does. */
  observers: readonly Observer[]
  /** An answer was given at /healthz or /livez. */
  asked(path: 'healthz' | 'livez', status: number): void
  /** What is at /metrics, in the text format of Prometheus. */
  answer(): Promise<Answer>
}

/** Makes metrics. `sample` says what the agent is at the moment of a scrape: undefined before it is there. */
export function createMetrics(sample: () => Sample | undefined, build: string): Metrics {
  const registry = new Registry()
  let current: Sample | undefined
  const kubeProxy = kubeProxyMetrics(registry, () => current)
  const observers = [kubeProxy, agentMetrics(registry, () => current, build)]
  processMetrics(registry)
  const headers = { 'content-type': registry.contentType }
  return {
    observers,
    asked: (path, status) => kubeProxy.asked(path, status),
    answer: async () => {
      current = sample()
      return { status: 200, headers, body: await registry.metrics() }
    },
  }
}
