// SPDX-License-Identifier: Apache-2.0
/** `stray "name"`: what a YAML parser makes of a word and the JSON text behind it. */
const MERGED = /^[^"]*\s"[^"]*"$/

/**
 * Whether a YAML parser may have merged words between the values of a JSON text with a key or a value behind them, at any
 * depth. A text that is so by itself (`say "no"`) is found too.
 */
export function hasMergedText(value: unknown): boolean {
  const stack = [value]
  while (stack.length > 0) {
    const top = stack.pop()
    if (typeof top === 'string' && MERGED.test(top)) return true
    if (typeof top !== 'object' || top === null) continue
    for (const [key, child] of Object.entries(top)) {
      if (key.includes('"')) return true
      stack.push(child)
    }
  }
  return false
}
