// SPDX-License-Identifier: Apache-2.0

const SHORTEST = 250
const LONGEST = 30_000
/** A server that asks for more than this is asked earlier: its Retry-After may be wrong. */
const MOST_PATIENT = 120_000

/**
 * Milliseconds to wait after the `failures`-th failure in a row (from 1): full jitter, between 250 and a bound that starts at
 * 500 and doubles up to 30,000, so that agents that failed together do not return together. `retryAfter` is what the server
 * asked for, in milliseconds; the jitter comes on top. `random` is in [0, 1).
 */
export function pauseAfter(failures: number, retryAfter: number, random: number): number {
  const bound = Math.min(LONGEST, 2 * SHORTEST * 2 ** Math.min(failures - 1, 10))
  return Math.min(retryAfter, MOST_PATIENT) + SHORTEST + random * (bound - SHORTEST)
}

/** Retry-After in milliseconds; Kubernetes gives seconds. 0 when there is none. */
export function retryAfterOf(header: string | undefined): number {
  return header !== undefined && /^\d{1,6}$/.test(header) ? Number(header) * 1000 : 0
}
