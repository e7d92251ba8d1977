// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'

const PIECES = ['', '#', ' ', '\n', ':', '"', "'", '-', ',', '0', '1', '9', 'f', '&a ', '*', '{', '}', '[', ']', '|']
const WORDS = [
  '\t',
  '\r',
  '~',
  'x',
  'A',
  '::',
  '0:',
  '.',
  '/',
  ' terminating',
  ' not-ready',
  ' zone=a',
  ' node=',
  ': {}',
]

type Edit = (text: string) => string

/** Some characters gone, and others in their place. */
const anywhere: fc.Arbitrary<Edit> = fc
  .tuple(fc.nat(1_000_000), fc.nat(3), fc.constantFrom(...PIECES, ...WORDS))
  .map(([n, removed, added]) => text => {
    const at = n % (text.length + 1)
    return text.slice(0, at) + added + text.slice(at + removed)
  })

/** One match of a pattern written in another way. */
function oneOf(pattern: RegExp, replace: (match: string, n: number) => string): fc.Arbitrary<Edit> {
  return fc.tuple(fc.nat(1_000_000), fc.nat(1_000_000)).map(([which, n]) => text => {
    const matches = [...text.matchAll(pattern)]
    if (matches.length === 0) return text
    const match = matches[which % matches.length]!
    return text.slice(0, match.index) + replace(match[0], n) + text.slice(match.index + match[0].length)
  })
}

const digit = oneOf(/[0-9]/g, (_digit, n) => String(n % 10))
const number = oneOf(/[0-9]+/g, (_number, n) => ['0', '1', '65535', '65536', '86401', '080', '256', '1e3'][n % 8]!)
const quoting = oneOf(/"[^"\n]*"|[A-Za-z0-9._:/-]+/g, match =>
  match.startsWith('"') ? match.slice(1, -1) : JSON.stringify(match),
)
const wholeLineQuoting = oneOf(/(?<= {4}- )[^\n"]+/g, match => JSON.stringify(match))
const words = oneOf(/(?<=- )[^\n"]+/g, (line, n) => {
  const all = line.split(' ')
  const [word] = all.splice(n % all.length, 1)
  all.splice((n >> 4) % (all.length + 1), 0, word!)
  return all.join(' ')
})
const items = oneOf(/(?<=\[)[^\]\n]+/g, (list, n) => {
  const all = list.split(', ')
  return [all.toReversed(), [...all, all[0]!], all.slice(1)][n % 3]!.join(', ')
})
const letter = oneOf(/[a-f]/g, match => match.toUpperCase())

/** Lines moved, copied, dropped, or taken for each other's ends. */
const lines: fc.Arbitrary<Edit> = fc
  .tuple(fc.nat(1_000_000), fc.nat(6), fc.constantFrom('swap', 'copy', 'drop', 'move'))
  .map(([n, distance, kind]) => text => {
    const all = text.split('\n')
    const from = n % all.length
    const to = Math.min(from + distance, all.length - 1)
    const [a, b] = [all[from]!, all[to]!]
    if (kind === 'drop') all.splice(from, 1)
    else if (kind === 'copy') all.splice(to, 0, a)
    else if (kind === 'move') all.splice(to, 0, ...all.splice(from, 1))
    else [all[from], all[to]] = [b, a]
    return all.join('\n')
  })

/** Small edits: of those that break a spec, those that only spoil its canonical form, and those that make another of it. */
export const arbitraryEdit: fc.Arbitrary<Edit> = fc
  .array(fc.oneof(anywhere, digit, number, quoting, wholeLineQuoting, words, items, letter, lines), {
    minLength: 1,
    maxLength: 2,
  })
  .map(edits => text => edits.reduce((edited, edit) => edit(edited), text))
