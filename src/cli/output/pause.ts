// SPDX-License-Identifier: Apache-2.0
const NEVER = new Int32Array(new SharedArrayBuffer(4))

/** Stops this thread, for when nothing else is to be done. */
export function pause(ms: number): void {
  Atomics.wait(NEVER, 0, 0, ms)
}
