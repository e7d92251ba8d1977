// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest'
import { deviation, unevenness } from './chi-square.ts'

// From tables of the chi-square distribution: what is exceeded once in a thousand times. 3.09 says that of the normal one.
test.each([
  [2, 13.816],
  [6, 22.458],
  [15, 37.697],
  [16, 39.252],
  [100, 149.449],
])('a chi-square of %i degrees of freedom is as unlikely as its deviation', (freedom, chiSquare) => {
  expect(Math.abs(deviation(chiSquare, freedom) - 3.0902)).toBeLessThan(0.05)
})

test('at 6 and 2 degrees of freedom it errs to the quiet side', () => {
  // There the chi-square distribution is exp(-x/2): this value is exceeded once in 6e9 times.
  expect(deviation(2 * Math.log(6e9), 2)).toBeLessThan(6)
})

test('counts one by one', () => {
  expect(unevenness([100, 100, 100])).toBeLessThan(-2)
  expect(unevenness([1000, 1000, 1150])).toBeCloseTo(deviation((2 * 50 ** 2 + 100 ** 2) / 1050, 2), 10)
})
