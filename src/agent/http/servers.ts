// SPDX-License-Identifier: Apache-2.0
import type { Log } from '../log.ts'
import { type Answer, JSON_HEADERS, NOT_FOUND, text } from './answer.ts'
import { type BindAddress, formatBindAddress } from './bind-address.ts'
import { listen } from './listen.ts'
import { healthz, livez, type ProxyHealth, readyz } from './proxy-health.ts'

/** What an agent shows over HTTP. */
interface Shown {
  health(): ProxyHealth
  /** Why the agent is not ready; empty when it is. */
  notReady(): readonly string[]
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
    at(metrics, '/proxyMode and /configz', metricsAnswers(shown)),
  ]
  return () => {
    for (const server of servers) server?.close()
  }
}

type Answers = (path: string) => Answer | undefined

function healthAnswers(shown: Shown): Answers {
  return path => {
    if (path === '/healthz') return healthz(shown.health(), Date.now())
    if (path === '/livez') return livez(shown.health(), Date.now())
    return path === '/readyz' ? readyz(shown.notReady()) : undefined
  }
}

function metricsAnswers({ configuration }: Shown): Answers {
  const body = JSON.stringify({ 'balancing.elf.io': configuration })
  return path => {
    if (path === '/proxyMode') return text('balancing')
    if (path === '/healthz') return text('ok')
    return path === '/configz' ? { status: 200, headers: JSON_HEADERS, body } : undefined
  }
}
