// SPDX-License-Identifier: Apache-2.0
import { type Answer, JSON_HEADERS } from './answer.ts'

/** The health of a proxy; times in milliseconds since 1970. */
export interface ProxyHealth {
  /** When changes were written last; undefined before the first. */
  updated: number | undefined
  /** Whether changes are written in time. */
  isHealthy: boolean
  /** Whether the Node may get traffic from load balancers. */
  isNodeEligible: boolean
}

const FAMILIES = ['IPv4', 'IPv6']
/** The zero time of Go. */
const NEVER = '0001-01-01T00:00:00Z'

/** `/livez` of kube-proxy 1.36: the proxy alone. For liveness probes. */
export function livez(health: ProxyHealth, now: number): Answer {
  return answer(health.isHealthy, health, now, {})
}

/** `/healthz` of kube-proxy 1.36: the proxy and whether its Node may get traffic (KEP-3836). For load balancers. */
export function healthz(health: ProxyHealth, now: number): Answer {
  const { isHealthy, isNodeEligible: nodeEligible } = health
  return answer(isHealthy && nodeEligible, health, now, { nodeEligible })
}

function answer(isOk: boolean, { updated, isHealthy: healthy }: ProxyHealth, now: number, node: object): Answer {
  const currentTime = new Date(now).toISOString()
  const last = updated === undefined ? NEVER : new Date(updated).toISOString()
  const status = updated === undefined ? {} : { status: statusOf(last, healthy) }
  // As long as the answer is 200, the last update counts as now.
  const body = { lastUpdated: isOk ? currentTime : last, currentTime, ...node, healthy, ...status }
  return { status: isOk ? 200 : 503, headers: JSON_HEADERS, body: JSON.stringify(body) }
}

function statusOf(lastUpdated: string, healthy: boolean): object {
  return Object.fromEntries(FAMILIES.map(family => [family, { lastUpdated, healthy }]))
}

/** `/readyz`, which kube-proxy does not have: 200 when what is desired serves, else why it does not. */
export function readyz(reasons: readonly string[]): Answer {
  const isReady = reasons.length === 0
  return { status: isReady ? 200 : 503, headers: JSON_HEADERS, body: JSON.stringify({ ready: isReady, reasons }) }
}
