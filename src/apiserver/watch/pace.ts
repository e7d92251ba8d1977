// SPDX-License-Identifier: Apache-2.0
import { setImmediate as turn } from 'node:timers/promises'

/** Milliseconds of work in one turn of the event loop; with one object on top, it stays below 5. */
const SLICE = 2

/** Returns what to await after each object: it lets the event loop turn when `SLICE` has passed since the last turn. */
export function pacer(): () => Promise<void> | undefined {
  let began = performance.now()
  return () => {
    if (performance.now() - began < SLICE) return undefined
    return turn().then(() => {
      began = performance.now()
    })
  }
}
