// SPDX-License-Identifier: Apache-2.0

/** Requests that may be sent at once after a quiet time: each kind's first, a second try, and some more. */
const BURST = 10
const PER_SECOND = 1

/** A token bucket: requests left, which may be negative while requests wait, at a time in milliseconds. */
interface Budget {
  left: number
  at: number
}

export function fullBudget(now: number): Budget {
  return { left: BURST, at: now }
}

/** Takes one request out of the budget, and says how many milliseconds to wait before it is sent. */
export function spend({ left, at }: Budget, now: number): { budget: Budget; wait: number } {
  const refilled = Math.min(BURST, left + (Math.max(0, now - at) / 1000) * PER_SECOND)
  const rest = refilled - 1
  return { budget: { left: rest, at: now }, wait: rest >= 0 ? 0 : (-rest / PER_SECOND) * 1000 }
}
