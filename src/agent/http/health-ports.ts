// SPDX-License-Identifier: Apache-2.0
import { listen } from './listen.ts'
import { type ServiceHealth, serviceHealth } from './service-health.ts'

interface Opened {
  port: number
  close(): void
}

/**
 * The healthCheckNodePorts of a node: one server for each Service that has one, at all addresses of the node. A port that cannot be had
 * is tried again; the others serve.
 */
export class HealthPorts {
  readonly #failed: (service: string, port: number, reason: string) => void
  readonly #isHealthy: () => boolean
  readonly #opened = new Map<string, Opened>()
  #services: ReadonlyMap<string, ServiceHealth> = new Map()

  /** `isHealthy`: whether the agent itself is. `failed` hears why the port of a Service, `namespace/name`, cannot be served. */
  constructor(isHealthy: () => boolean, failed: (service: string, port: number, reason: string) => void) {
    this.#isHealthy = isHealthy
    this.#failed = failed
  }

  /** These Services, by `namespace/name`, are served from now on. Closes ports before it opens others: a port may move to another Service. */
  follow(services: ReadonlyMap<string, ServiceHealth>): void {
    if (services === this.#services) return
    this.#services = services
    for (const [name, { port, close }] of this.#opened) {
      if (services.get(name)?.port === port) continue
      close()
      this.#opened.delete(name)
    }
    for (const [name, { port }] of services) {
      if (!this.#opened.has(name)) this.#opened.set(name, { port, ...this.#open(name, port) })
    }
  }

  close(): void {
    this.follow(new Map())
  }

  #open(service: string, port: number) {
    const answerTo = () => serviceHealth(this.#services.get(service)!, this.#isHealthy())
    return listen({ host: undefined, port }, answerTo, reason => this.#failed(service, port, reason))
  }
}
