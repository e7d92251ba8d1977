// SPDX-License-Identifier: Apache-2.0
import { InvalidArgumentError } from 'commander'

const MOST = 3600

/** Parses the value of a flag: seconds from `least` to an hour, whole ones when `least` is whole. */
export function secondsFrom(least: number): (text: string) => number {
  return text => {
    const value = Number(text)
    const isAllowed = value >= least && value <= MOST && (Number.isInteger(value) || !Number.isInteger(least))
    if (!isAllowed || text.trim() === '') throw new InvalidArgumentError(`${least} to ${MOST} seconds`)
    return value
  }
}
