// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'

/** Pieces that mean something in a spec, in YAML, on a terminal, in Markdown, XML or a log of GitHub Actions. */
const PIECES = [
  ' ',
  ',',
  '=',
  '%',
  '%20',
  '"',
  "'",
  '\\',
  '/',
  ': ',
  ' #',
  ' not-ready',
  ' zone=z',
  '\n',
  '\r',
  '\t',
  '\0',
  '\x1b[2J',
  '\x1b]8;;http://x\x07',
  '\x9b31m',
  '\u0085',
  '\u00ad',
  '\u061c',
  '\u200b',
  '\u200d',
  '\u202e',
  '\u2028',
  '\u2066',
  '\ufeff',
  '\u{e0041}',
  '::error::',
  '\n::error file=a::',
  '##[error]',
  '##vso[task.complete]',
  '`',
  '```',
  '|',
  '*',
  '](http://x)',
  'https://x',
  'www.x.y',
  '@all',
  '#1',
  '<b>',
  '</details>',
  '&amp;',
  ']]>',
  '-->',
  '$(id)',
  '; id',
  '\\fB',
  '\n.sh id',
]

/** Text that no validation of the API touched: any, with what acts in some medium more often than chance has it. Well-formed. */
export const arbitraryText: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(fc.constantFrom(...PIECES), fc.string({ maxLength: 3 }), fc.string({ unit: 'binary', maxLength: 3 })),
    {
      minLength: 1,
      maxLength: 5,
    },
  )
  .map(pieces => pieces.join(''))
  .filter(text => text !== '')

/** JSON that no reader of an API object expects: objects that break `String(value)` and `Array.from`, names of prototypes, other types. */
const arbitraryJson: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(null, true, 0, -1, 1e99, '', [], {}, { toString: 0 }, { length: 3 }, { valueOf: 1 }, [
    [null],
  ]),
  fc.constantFrom('__proto__', 'constructor', 'toString').map(key => JSON.parse(`{"${key}": {"x": 1}}`)),
  arbitraryText,
  fc.jsonValue({ maxDepth: 2 }),
)

type Container = Record<string, unknown> | unknown[]

/** A JSON document with values and keys of any place replaced by arbitrary ones. */
export function arbitraryDamage(document: unknown): fc.Arbitrary<unknown> {
  const damage = fc.record({
    at: fc.nat(1_000_000),
    isShallow: fc.boolean(),
    key: fc.option(arbitraryText, { freq: 3 }),
    value: fc.oneof(arbitraryJson, arbitraryText),
  })
  return fc.array(damage, { minLength: 1, maxLength: 4 }).map(damages => {
    const root = { document: structuredClone(document) }
    for (const { at, isShallow, key, value } of damages) {
      const all = placesIn(root, isShallow ? SHALLOW : Number.POSITIVE_INFINITY)
      const [container, step] = all[at % all.length]!
      const isRenamed = key !== null && !Array.isArray(container) && container !== root
      if (isRenamed) {
        const entries = Object.entries(container).map(([name, inner]) => [name === step ? key : name, inner] as const)
        for (const name of Object.keys(container)) delete container[name]
        for (const [name, inner] of entries) define(container, name, inner)
      } else define(container as Record<string, unknown>, String(step), value)
    }
    return root.document
  })
}

function define(container: Record<string, unknown>, name: string, value: unknown): void {
  Object.defineProperty(container, name, { value, enumerable: true, writable: true, configurable: true })
}

/** Where kinds and versions are, which few of all places are. */
const SHALLOW = 4

function placesIn(value: unknown, depth: number): [Container, string][] {
  if (typeof value !== 'object' || value === null || depth === 0) return []
  const container = value as Container
  return Object.keys(container).flatMap(step => [
    [container, step] as [Container, string],
    ...placesIn((container as Record<string, unknown>)[step], depth - 1),
  ])
}
