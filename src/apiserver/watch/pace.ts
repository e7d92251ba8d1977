// SPDX-License-Identifier: Apache-2.0
import { setImmediate as turn } from 'node:timers/promises'

/** Milliseconds of work in one turn of the event loop; with an object, a read and a collection of garbage on top, it stays near 5. */
const SLICE = 1

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
