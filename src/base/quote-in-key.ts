// SPDX-License-Identifier: Apache-2.0
/** Whether a key of a value, at any depth, has a double quote in it: a YAML parser makes one key of `stray` and `"name"`. */
export function hasQuoteInKey(value: unknown): boolean {
  const stack = [value]
  while (stack.length > 0) {
    const top = stack.pop()
    if (typeof top !== 'object' || top === null) continue
    for (const [key, child] of Object.entries(top)) {
      if (key.includes('"')) return true
      if (typeof child === 'object') stack.push(child)
    }
  }
  return false
}
