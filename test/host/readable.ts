// SPDX-License-Identifier: Apache-2.0

/** What was read of a tool's output; throws the reason when it could not be read. */
export function readable<T>(read: T | string): T {
  if (typeof read === 'string') throw new Error(read)
  return read
}
