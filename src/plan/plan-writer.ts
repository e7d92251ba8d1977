// SPDX-License-Identifier: Apache-2.0
import type { KeyChange } from '../datapath/delta.ts'
import { unionOfLines } from '../datapath/filter.ts'
import { type ConfigMap, isArray, zeroValue } from '../datapath/image.ts'
import type { Plan, Step } from './plan.ts'

/** Collects steps in order, and counts what each map holds meanwhile. */
export class PlanWriter {
  readonly steps: Step[] = []
  readonly peak: Plan['peak']
  readonly #held: Record<ConfigMap, number>

  /** `sizes` are the entries that each map holds at the start. */
  constructor(sizes: Readonly<Record<ConfigMap, number>>) {
    this.#held = { ...sizes }
    this.peak = { ...sizes }
  }

  /** Adds and updates the keys that are to have a value. */
  update(map: ConfigMap, changes: readonly KeyChange[]): void {
    for (const { key, observed, desired } of changes) {
      if (desired !== undefined) this.#write(map, key, desired, observed === undefined)
    }
  }

  /** Removes the keys that are to have none. */
  remove(map: ConfigMap, changes: readonly KeyChange[]): void {
    for (const { key, desired } of changes) if (desired === undefined) this.#delete(map, key)
  }

  /** Removes the keys that are to change or to go, and returns what `update` is to write later. */
  clear(map: ConfigMap, changes: readonly KeyChange[]): KeyChange[] {
    for (const { key, observed } of changes) if (observed !== undefined) this.#delete(map, key)
    return changes.map(change => ({ ...change, observed: undefined }))
  }

  /** Until the removals are done a filter must let through what either image lets through. */
  widenFilter(map: ConfigMap, changes: readonly KeyChange[]): void {
    for (const { key, observed, desired } of changes) {
      if (desired === undefined) continue
      const both = observed === undefined ? desired : unionOfLines(observed, desired)
      if (both !== observed) this.#write(map, key, both, observed === undefined)
    }
  }

  narrowFilter(map: ConfigMap, changes: readonly KeyChange[]): void {
    for (const { key, observed, desired } of changes) {
      if (observed === undefined) continue
      if (desired === undefined) this.#delete(map, key)
      else if (unionOfLines(observed, desired) !== desired) this.#write(map, key, desired, false)
    }
  }

  #write(map: ConfigMap, key: string, value: string, isNew: boolean): void {
    this.steps.push({ map, op: 'update', key, value })
    if (isNew) this.peak[map] = Math.max(this.peak[map], ++this.#held[map])
  }

  #delete(map: ConfigMap, key: string): void {
    if (isArray(map)) this.steps.push({ map, op: 'update', key, value: zeroValue(map) })
    else this.steps.push({ map, op: 'delete', key })
    this.#held[map]--
  }
}
