// SPDX-License-Identifier: Apache-2.0

/**
 * What `read` makes of the JSON that a tool printed; or, as text, why it cannot be read. A tool may be another version than the ones
 * that we know, and what it prints may be cut off or have another form, so all that `read` throws means that.
 */
export function readToolJson<T>(tool: string, output: string, read: (value: unknown) => T): T | string {
  try {
    return read(JSON.parse(output))
  } catch {
    const start = output.trim().slice(0, SHOWN)
    return `${tool} printed ${start === '' ? 'nothing' : `what cannot be read: ${start}`}`
  }
}

/** As many characters of an output stand in a message. */
const SHOWN = 60

/** A list of objects, as T has them as far as they are known; throws when it is anything else. */
export function objects<T>(value: unknown): Partial<T>[] {
  if (!Array.isArray(value) || !value.every(isObject)) throw new TypeError('not a list of objects')
  return value
}

/** The list under `nftables` in what `nft -j` prints. */
export function nftablesObjects<T>(value: unknown): Partial<T>[] {
  if (!isObject(value)) throw new TypeError('not an object')
  return objects((value as { nftables?: unknown }).nftables)
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
