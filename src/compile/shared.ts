// SPDX-License-Identifier: Apache-2.0
/**
 * Counts the users that keys have beyond their first. Most keys have one user, so most are not in here: the caller knows
 * whether a key is present.
 */
export class Shared<K> {
  readonly #further = new Map<K, number>()

  /** One more user of a key that is present already. */
  add(key: K): void {
    this.#further.set(key, (this.#further.get(key) ?? 0) + 1)
  }

  /** One user less; true if that was the last, so the key is to go. */
  remove(key: K): boolean {
    const further = this.#further.get(key)
    if (further === undefined) return true
    if (further === 1) this.#further.delete(key)
    else this.#further.set(key, further - 1)
    return false
  }
}
