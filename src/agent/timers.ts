// SPDX-License-Identifier: Apache-2.0

/** The time-outs of something that ends: after `clear` none calls back. */
export class Timers {
  readonly #running = new Set<NodeJS.Timeout>()

  /** Calls back after a time. Returns how to forget that. */
  after(milliseconds: number, action: () => void): () => void {
    const timer = setTimeout(() => {
      this.#running.delete(timer)
      action()
    }, milliseconds)
    this.#running.add(timer)
    return () => {
      clearTimeout(timer)
      this.#running.delete(timer)
    }
  }

  /** Does something again and again, each time so long after it was done. */
  every(milliseconds: number, action: () => Promise<void>): void {
    this.after(milliseconds, () => {
      action().then(() => this.every(milliseconds, action))
    })
  }

  clear(): void {
    for (const timer of this.#running) clearTimeout(timer)
    this.#running.clear()
  }
}
