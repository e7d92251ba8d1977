// SPDX-License-Identifier: Apache-2.0
/** Work that can be interrupted after each step, for a process that has other work to do in between. It returns its result. */
export type Steps<T> = Generator<void, T>

/** Does all steps at once. */
export function finish<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next()
    if (done) return value
  }
}
