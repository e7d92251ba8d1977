// SPDX-License-Identifier: Apache-2.0
import { byKey, type Delta, deltaBetween, type KeyChange, perMap } from '../datapath/delta.ts'
import { type ConfigMap, emptyImage, type Image } from '../datapath/image.ts'

/** An image that remembers what each key held when the changes were last taken. */
export class TrackedImage {
  readonly image: Image = emptyImage()
  /** What keys held that were written since then; undefined until the changes are first taken. */
  #before: Record<ConfigMap, Map<string, string | undefined>> | undefined
  #sizes = perMap(() => 0)

  /** Writes a value; undefined removes the entry. */
  set(map: ConfigMap, key: string, value: string | undefined): void {
    const entries = this.image[map]
    const before = this.#before?.[map]
    if (before && !before.has(key)) before.set(key, entries.get(key))
    if (value === undefined) entries.delete(key)
    else entries.set(key, value)
  }

  /** What changed since this was last asked; at first, since the empty image. Costs as much as was written since then. */
  takeDelta(): Delta {
    const before = this.#before
    const delta = before
      ? { changes: perMap(map => this.#changesOf(map, before[map])), sizes: this.#sizes }
      : deltaBetween(emptyImage(), this.image)
    this.#before = perMap(() => new Map())
    this.#sizes = perMap(map => this.image[map].size)
    return delta
  }

  #changesOf(map: ConfigMap, before: ReadonlyMap<string, string | undefined>): KeyChange[] {
    const changes: KeyChange[] = []
    for (const [key, observed] of before) {
      const desired = this.image[map].get(key)
      if (observed !== desired) changes.push({ key, observed, desired })
    }
    return changes.sort(byKey)
  }
}
