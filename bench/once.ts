// SPDX-License-Identifier: Apache-2.0
/** The same function, but equal keys get what was made for the first of them: sections of a run share it. */
export function once<Arguments extends unknown[], Made>(
  keyOf: (...of: Arguments) => string,
  make: (...of: Arguments) => Promise<Made>,
): (...of: Arguments) => Promise<Made> {
  const made = new Map<string, Promise<Made>>()
  return (...of) => {
    const key = keyOf(...of)
    const found = made.get(key) ?? make(...of)
    made.set(key, found)
    return found
  }
}
