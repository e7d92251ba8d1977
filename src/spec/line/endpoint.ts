// SPDX-License-Identifier: Apache-2.0
import { parseAddress } from '../../base/address.ts'
import { nearest } from '../../base/diagnostic.ts'
import { isName } from '../name.ts'
import type { Mistake } from '../problem.ts'
import type { Endpoint } from '../spec.ts'
import { decodeText, encodeText, textHint } from './text.ts'

/** The words after the address, in their order. */
const WORDS = ['node=', 'zone=', 'for-zones=', 'for-nodes=', 'not-ready', 'not-serving', 'terminating'] as const
const CONDITIONS: readonly string[] = WORDS.slice(4)
const FORM =
  'the order is ADDRESS NODE zone=ZONE for-zones=A,B for-nodes=N,M not-ready not-serving terminating, one space between'

/** `10.244.2.9 node-b1 not-ready terminating`: what is as usual is left out. */
export function printEndpointLine(e: Endpoint): string {
  let line = e.address
  if (e.node !== undefined) line += isBare(e.node) ? ` ${e.node}` : ` node=${encodeText(e.node)}`
  if (e.zone !== undefined) line += ` zone=${encodeText(e.zone)}`
  if (e.forZones.length > 0) line += ` for-zones=${e.forZones.map(encodeText).join(',')}`
  if (e.forNodes.length > 0) line += ` for-nodes=${e.forNodes.map(encodeText).join(',')}`
  if (!e.ready) line += ' not-ready'
  if (!e.serving) line += ' not-serving'
  if (e.terminating) line += ' terminating'
  return line
}

/** Whether a word after the address is this node and nothing else. */
function isBare(node: string): boolean {
  return isName(node) && !CONDITIONS.includes(node)
}

/** The inverse of printEndpointLine, or all mistakes of the line. */
export function parseEndpointLine(line: string): Endpoint | Mistake[] {
  const first = wordAt(line, 0)
  const address = parseAddress(first)
  const e: Endpoint = {
    address: address ?? '',
    ready: true,
    serving: true,
    terminating: false,
    forZones: NONE,
    forNodes: NONE,
  }
  const mistakes: Mistake[] = []
  if (address === undefined) {
    mistakes.push({ code: 'bad-address', message: `"${first}" is not an IP address`, offset: 0, length: first.length })
  }
  let next = 0
  for (let offset = first.length + 1; offset <= line.length; ) {
    const word = wordAt(line, offset)
    const kind = kindOf(word, offset === first.length + 1)
    const mistake = kind < 0 ? unknown(word) : kind < next ? misplaced(word) : take(e, kind, word)
    if (mistake) mistakes.push({ ...mistake, offset, length: Math.max(1, word.length) })
    else next = kind + 1
    offset += word.length + 1
  }
  return mistakes.length > 0 ? mistakes : e
}

/** Shared by the endpoints without hints, which are nearly all: two arrays for each are a tenth of the parse. */
const NONE: string[] = []
Object.freeze(NONE)

function wordAt(line: string, offset: number): string {
  const end = line.indexOf(' ', offset)
  return line.slice(offset, end < 0 ? undefined : end)
}

type WordMistake = Omit<Mistake, 'offset' | 'length'>

/** The place of a word in the order of WORDS; -1 when it has none. A bare word after the address is the node. */
function kindOf(word: string, isSecond: boolean): number {
  const equals = word.indexOf('=')
  if (equals >= 0) return WORDS.indexOf(word.slice(0, equals + 1) as (typeof WORDS)[number])
  const condition = WORDS.indexOf(word as (typeof WORDS)[number])
  return condition < 0 && isSecond && isName(word) ? 0 : condition
}

/** Enters a word into the endpoint. */
function take(e: Endpoint, kind: number, word: string): WordMistake | undefined {
  if (kind === 4) e.ready = false
  else if (kind === 5) e.serving = false
  else if (kind === 6) e.terminating = true
  if (kind >= 4) return undefined
  const value = word.slice(word.indexOf('=') + 1)
  if (value === '' && kind < 2) return { code: 'bad-name', message: `"${word}" names nothing`, hint: 'leave it out' }
  const words = kind < 2 ? [value] : value.split(',')
  const texts: string[] = []
  for (const word of words) {
    const text = decodeText(word)
    if (text === undefined) return { code: 'bad-name', message: `"${word}" is not a name`, hint: textHint(word) }
    texts.push(text)
  }
  if (kind === 0) e.node = texts[0]!
  else if (kind === 1) e.zone = texts[0]!
  else if (kind === 2) e.forZones = texts
  else e.forNodes = texts
  return undefined
}

function unknown(word: string): WordMistake {
  if (word === '') return { code: 'bad-endpoint-line', message: 'there is a space too many', hint: FORM }
  const meant = nearest(word.includes('=') ? word.slice(0, word.indexOf('=') + 1) : word, WORDS)
  const hint = meant ? `did you mean "${meant}"?` : FORM
  return { code: 'unknown-word', message: `"${word}" is not known in an endpoint line`, hint }
}

function misplaced(word: string): WordMistake {
  return { code: 'bad-endpoint-line', message: `"${word}" is not in its place`, hint: FORM }
}
