// SPDX-License-Identifier: Apache-2.0
import { scalar } from '../line/quote.ts'

/** A mapping's line that has been taken: `KEY: VALUE`; undefined when there is no such line or the key is not as `scalar` prints it. */
export function splitEntry(line: string): { key: string; value: string } | undefined {
  const colon = line.indexOf(': ')
  const key = colon < 0 ? undefined : readScalar(line.slice(0, colon))
  return key === undefined ? undefined : { key, value: line.slice(colon + 2) }
}

/**
 * The string that `scalar` prints as this text, or undefined. Strings that need an escape in quotes are not read: nothing
 * in a valid spec does.
 */
export function readScalar(text: string, inFlow = false): string | undefined {
  const value = unquote(text)
  return scalar(value, inFlow) === text ? value : undefined
}

/** The scalars of a list in brackets, one at least. */
export function readFlow(text: string): string[] | undefined {
  if (!text.startsWith('[') || !text.endsWith(']')) return undefined
  const inner = text.slice(1, -1)
  const items = inner.includes(',') ? inner.split(', ') : [inner]
  for (let i = 0; i < items.length; i++) {
    const item = readScalar(items[i]!, true)
    if (item === undefined) return undefined
    items[i] = item
  }
  return items
}

/** A number from 1 to `max` as it is printed. */
export function readNumber(text: string, max: number): number | undefined {
  const number = NUMBER.test(text) ? Number(text) : 0
  return number >= 1 && number <= max ? number : undefined
}

const NUMBER = /^[1-9][0-9]{0,8}$/

function unquote(text: string): string {
  return text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1) : text
}

/** Shared by all that have none of something, which is the usual: an array for each is a part of the time. */
export const NONE: never[] = []
Object.freeze(NONE)
