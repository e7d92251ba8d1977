// SPDX-License-Identifier: Apache-2.0
/**
 * How far these counts are from equal shares: their chi-square, as so many standard deviations of a normal variable
 * (Wilson and Hilferty, 1931). By chance alone it is above 5 once in 3 million times, above 6 once in a billion. Counts
 * that are more alike than chance would make them are negative.
 */
export function unevenness(counts: readonly number[]): number {
  const share = counts.reduce((a, b) => a + b, 0) / counts.length
  const chiSquare = counts.reduce((sum, count) => sum + (count - share) ** 2 / share, 0)
  return deviation(chiSquare, counts.length - 1)
}

/** The standard normal deviation that is exceeded as often as this chi-square of so many degrees of freedom. */
export function deviation(chiSquare: number, freedom: number): number {
  const spread = 2 / (9 * freedom)
  return (Math.cbrt(chiSquare / freedom) - (1 - spread)) / Math.sqrt(spread)
}
