// SPDX-License-Identifier: Apache-2.0
/**
 * Whether no object of a JSON text has a key twice: the text has as many keys as the value that JSON.parse made of it.
 * `text` is valid JSON, so its keys are the colons outside strings.
 */
export function isRepeatFree(text: string, value: unknown): boolean {
  return countColons(text) === countKeys(value)
}

function countColons(text: string): number {
  let count = 0
  let at = 0
  for (;;) {
    const open = text.indexOf('"', at)
    if (open < 0) return count
    at = closingQuote(text, open + 1) + 1
    if (isBeforeColon(text, at)) count++
  }
}

/** Where the string that starts before `from` ends. */
function closingQuote(text: string, from: number): number {
  let close = text.indexOf('"', from)
  while (isEscaped(text, close)) close = text.indexOf('"', close + 1)
  return close
}

function isEscaped(text: string, at: number): boolean {
  let backslashes = 0
  while (text.charCodeAt(at - 1 - backslashes) === 92) backslashes++
  return backslashes % 2 === 1
}

function isBeforeColon(text: string, at: number): boolean {
  let next = at
  while (text.charCodeAt(next) <= 32) next++
  return text.charCodeAt(next) === 58
}

/** With a stack of its own: JSON may be nested deeper than calls can be. */
function countKeys(value: unknown): number {
  let count = 0
  const stack = [value]
  while (stack.length > 0) {
    const top = stack.pop()
    if (typeof top !== 'object' || top === null) continue
    const children = Object.values(top)
    if (!Array.isArray(top)) count += children.length
    for (const child of children) if (typeof child === 'object') stack.push(child)
  }
  return count
}
