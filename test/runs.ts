// SPDX-License-Identifier: Apache-2.0
const factor = Number(process.env.RUNS ?? 1)

/** Are there enough cases to expect that rare outcomes are among them? */
export const MANY_RUNS = factor >= 1

/**
 * How many cases a property test tries of the number that it tries in `make test`: RUNS=0.1 is a tenth (`make check`), RUNS=10
 * ten times as many.
 */
export function runs(cases: number): number {
  return Math.max(1, Math.round(cases * factor))
}
