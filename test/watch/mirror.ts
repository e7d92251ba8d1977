// SPDX-License-Identifier: Apache-2.0
import { setTimeout as sleep } from 'node:timers/promises'
import { onTestFinished } from 'vitest'
import type { Access } from '../../src/apiserver/access.ts'
import { SERVICES, type Watched } from '../../src/apiserver/watch/kinds.ts'
import type { Listener } from '../../src/apiserver/watch/listener.ts'
import { type Reflector, reflect } from '../../src/apiserver/watch/reflect.ts'
import type { Servers } from '../../src/apiserver/watch/servers.ts'
import type { Raw } from '../../src/cluster/reader.ts'

/** What a reflector told: the objects as they are now, and a log of what else happened. */
export interface Mirror extends Listener {
  objects: Map<string, Raw>
  log: string[]
  /** What the listener answers about keys that a list lacks. */
  verdict: 'remove' | 'keep'
  /** The last pause. */
  pause: number
  /** Every message of a loss or a skipped event. */
  messages: string[]
}

export function mirror(): Mirror {
  const objects = new Map<string, Raw>()
  const log: string[] = []
  const messages: string[] = []
  return {
    objects,
    log,
    messages,
    verdict: 'remove',
    pause: 0,
    listing: () => log.push('listing'),
    put: (_, key, object) => objects.set(key, object),
    remove: (_, key) => objects.delete(key),
    missing(_, { known, listed, missing }) {
      log.push(`missing ${missing} of ${known}, listed ${listed}`)
      return this.verdict
    },
    listed: (_, { objects, removed, kept }) => log.push(`listed ${objects} -${removed} kept ${kept}`),
    connected: () => log.push('connected'),
    lost(_, { code, message }, pause) {
      log.push(`lost ${code}`)
      messages.push(message)
      this.pause = pause
    },
    skipped(_, { code, message }) {
      log.push(`skipped ${code}`)
      messages.push(message)
    },
  }
}

export const accessTo = (server: URL, user: Raw = {}): Access => ({
  name: 'test',
  server,
  cluster: { server: server.href },
  user,
})
export const only =
  (server: URL): Servers =>
  () => [{ name: server.href, access: () => accessTo(server) }]

/** Reflects until the test ends. */
export function reflected(
  servers: Servers,
  listener: Listener,
  silence = 90_000,
  watched: readonly Watched[] = [SERVICES],
): Reflector & { stop(): Promise<void> } {
  const controller = new AbortController()
  const reflector = reflect(servers, watched, listener, controller.signal, { connect: 2000, silence })
  const stop = async () => {
    controller.abort()
    await reflector.done
  }
  onTestFinished(stop)
  return { ...reflector, stop }
}

/** Resolves when a condition holds; 15 seconds are for a busy machine. */
export async function until(condition: () => boolean, what = () => ''): Promise<void> {
  const patience = performance.now() + 15_000
  while (!condition()) {
    if (performance.now() > patience) throw new Error(`it did not happen: ${what()}`)
    await sleep(10)
  }
}
