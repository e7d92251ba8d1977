// SPDX-License-Identifier: Apache-2.0
import type { Log } from '../log.ts'
import type { Metrics } from '../metrics/metrics.ts'
import { type Answer, JSON_HEADERS, NOT_FOUND, text } from './answer.ts'
import { type BindAddress, formatBindAddress } from './bind-address.ts'
import { listen } from './listen.ts'
import { healthz, livez, type ProxyHealth, readyz } from './proxy-health.ts'

/** What an agent shows over HTTP. */
interface Shown {
  health(): ProxyHealth
  /** Why the agent is not ready; empty when it is. */
  notReady(): readonly string[]
  /** Undefined where nothing asks for them. */
  metrics: Pick<Metrics, 'answer' | 'asked'> | undefined
  /** How the agent was started. It holds no secret. */
  configuration: object
}

/** Where it shows that; undefined for nowhere. */
export interface Addresses {
  health: BindAddress | undefined
  metrics: BindAddress | undefined
}

/** Serves what an agent shows. Returns how to stop. */
export function serveAgent(shown: Shown, { health, metrics }: Addresses, log: Log): () => void {
  const at = (address: BindAddress | undefined, what: string, answers: Answers) => {
    if (!address) return undefined
    const failed = (reason: string): void =>
      log('warning', `${what} cannot be served at ${formatBindAddress(address)}: ${reason}`, { code: 'cannot-listen' })
    return listen(address, path => answers(path) ?? NOT_FOUND, failed)
  }
  const servers = [
    at(health, '/healthz, /livez and /readyz', healthAnswers(shown)),
    at(metrics, '/metrics, /proxyMode and /configz', metricsAnswers(shown)),
  ]
  return () => {
    for (const server of servers) server?.close()
  }
}

type Answers = (path: string) => Answer | Promise<Answer> | undefined

function healthAnswers(shown: Shown): Answers {
  const counted = (path: 'healthz' | 'livez', answer: Answer): Answer => {
    shown.metrics?.asked(path, answer.status)
    return answer
  }
  return path => {
    if (path === '/healthz') return counted('healthz', healthz(shown.health(), Date.now()))
    if (path === '/livez') return counted('livez', livez(shown.health(), Date.now()))
    return path === '/readyz' ? readyz(shown.notReady()) : undefined
  }
}

function metricsAnswers({ configuration, metrics }: Shown): Answers {
  const body = JSON.stringify({ 'balancing.elf.io': configuration })
  return path => {
    if (path === '/metrics') return metrics?.answer()
    if (path === '/proxyMode') return text('balancing')
    if (path === '/healthz') return text('ok')
    return path === '/configz' ? { status: 200, headers: JSON_HEADERS, body } : undefined
  }
}
