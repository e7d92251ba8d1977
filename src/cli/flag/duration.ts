// SPDX-License-Identifier: Apache-2.0
import { InvalidArgumentError } from 'commander'

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }
const LONGEST = 24 * 3_600_000

/** Parses the value of a flag, `300ms`, `30s`, `5m` or `1h`, of at least so many milliseconds. Returns milliseconds. */
export function durationFrom(least: number): (text: string) => number {
  return text => {
    const [, number, unit] = /^(\d+)(ms|s|m|h)$/.exec(text) ?? []
    const value = Number(number) * (UNITS[unit ?? ''] ?? Number.NaN)
    if (value >= least && value <= LONGEST) return value
    throw new InvalidArgumentError(`A duration is 30s, 5m or 1h: ${least / 1000} s to 24 h.`)
  }
}
