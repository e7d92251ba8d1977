// SPDX-License-Identifier: Apache-2.0
/** What keeps a text from being JSON, and at which character. */
interface JsonError {
  message: string
  at: number
}

const SPACE = /[ \t\r\n]*/y
const TOKEN = /[{}[\],:]|"[^"\\\n]*(?:\\[^\n][^"\\\n]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true\b|false\b|null\b/y

const WANTED = {
  value: 'a value',
  'first value': 'a value or ]',
  key: 'a key in double quotes',
  'first key': 'a key in double quotes or }',
  colon: 'a colon',
  more: { '{': 'a comma or }', '[': 'a comma or ]' },
} as const

type Wanted = keyof typeof WANTED

/** Whether a text in brackets was written as JSON, not as YAML: a key is in double quotes. */
export function isMeantAsJson(text: string): boolean {
  return /^\s*[[{][\s\S]*?"[^"\n]*"\s*:/.test(text)
}

/**
 * Where a text stops to be one JSON object or list; undefined where it is one, or the begin of one. (JSON.parse often says what is
 * wrong, and not where.)
 */
export function findJsonError(text: string): JsonError | undefined {
  const open: ('{' | '[')[] = []
  let wanted: Wanted = 'value'
  let at = 0
  do {
    at = skip(SPACE, text, at)
    const end = skip(TOKEN, text, at)
    const token = text.slice(at, end)
    const next: Wanted | undefined = at === end ? undefined : step(wanted, token, open)
    if (next === undefined) return isCutOff(text, at) ? undefined : { message: describe(wanted, open.at(-1)), at }
    wanted = next
    at = end
  } while (open.length > 0)
  at = skip(SPACE, text, at)
  return at < text.length ? { message: 'the JSON has ended before this', at } : undefined
}

/** Where a match that begins at an offset ends; the offset itself without one. */
function skip(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at
  return pattern.test(text) ? pattern.lastIndex : at
}

/** What is wanted after a token; undefined when another one was wanted. */
function step(wanted: Wanted, token: string, open: ('{' | '[')[]): Wanted | undefined {
  const inside = open.at(-1)
  const isClosing = token === (inside === '{' ? '}' : ']')
  switch (wanted) {
    case 'colon':
      return token === ':' ? 'value' : undefined
    case 'more':
      if (token === ',') return inside === '{' ? 'key' : 'value'
      return isClosing ? close(open) : undefined
    case 'key':
    case 'first key':
      if (token.startsWith('"')) return 'colon'
      return isClosing && wanted === 'first key' ? close(open) : undefined
    case 'value':
    case 'first value':
      if (isClosing && wanted === 'first value') return close(open)
      if (token === '{' || token === '[') open.push(token)
      if (token === '{') return 'first key'
      if (token === '[') return 'first value'
      return /^[}\],:]/.test(token) ? undefined : 'more'
  }
}

function close(open: unknown[]): Wanted {
  open.pop()
  return 'more'
}

function describe(wanted: Wanted, inside: '{' | '[' = '['): string {
  return `JSON needs ${wanted === 'more' ? WANTED.more[inside] : WANTED[wanted]} here`
}

/** Whether a text ends at an offset, or in a string or word that begins there. */
function isCutOff(text: string, at: number): boolean {
  return /^(?:"[^"\n]*|\w*)\s*$/.test(text.slice(at))
}
