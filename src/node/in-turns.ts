// SPDX-License-Identifier: Apache-2.0
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Steps } from '../base/steps.ts'

/** How long steps are done before other events get their turn, in milliseconds. */
const TURN_MS = 3

/** Does all steps, and the event loop turns meanwhile: at 10,000 Services some work takes a second. */
export async function inTurns<T>(steps: Steps<T>): Promise<T> {
  for (let since = performance.now(); ; ) {
    const { done, value } = steps.next()
    if (done) return value
    if (performance.now() - since <= TURN_MS) continue
    await nextTurn()
    since = performance.now()
  }
}
