// SPDX-License-Identifier: Apache-2.0
import type { Spec } from '../spec/spec.ts'
import type { Dataplane } from './dataplane.ts'
import type { Log } from './log.ts'
import type { Status } from './status.ts'

/** What destroying stale sockets needs of an agent. */
interface Means {
  dataplane: Dataplane
  status: Status
  log: Log
  /** What serves. */
  spec: () => Spec
}

/** Destroys connected UDP sockets whose backend is gone, beside all else that an agent does. */
export class StaleSockets {
  readonly #means: Means
  #isDestroying = false
  #isAskedAgain = false

  constructor(means: Means) {
    this.#means = means
  }

  /** A UDP backend has left. Sockets that become stale while others are destroyed are looked for when that is done. */
  destroy(): void {
    this.#isAskedAgain = true
    if (this.#isDestroying) return
    this.#isDestroying = true
    this.#destroyAll().then(() => {
      this.#isDestroying = false
    })
  }

  async #destroyAll(): Promise<void> {
    const { dataplane, status, log, spec } = this.#means
    while (this.#isAskedAgain) {
      this.#isAskedAgain = false
      const result = await dataplane.destroyStale(spec())
      if (!result) return
      const { destroyed, unable, remaining } = result
      status.destroyed(destroyed ?? 0)
      if (destroyed) log('info', 'destroyed stale sockets', { sockets: destroyed })
      for (const reason of unable) log('warning', `stale UDP sockets keep a backend that is gone: ${reason}`)
      for (const { sockets, netns, reason } of remaining)
        log('warning', `stale UDP sockets are left: ${reason}`, { sockets, netns })
    }
  }
}
