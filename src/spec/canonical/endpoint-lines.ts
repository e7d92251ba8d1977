// SPDX-License-Identifier: Apache-2.0
import { parseEndpointLine, printEndpointLine } from '../line/endpoint.ts'
import { isPlain } from '../line/quote.ts'
import type { Endpoint, Node } from '../spec.ts'
import { AddressScan } from './address-scan.ts'
import type { Lines } from './lines.ts'
import { readScalar } from './scalar.ts'

const ITEM = '    - '
const SPACE = 32
const QUOTE = 34
const COLON = 58

/**
 * Reads the endpoints of one group after the other: nearly all lines of a spec. Remembers what follows an address: it is
 * a node, mostly, and a node has thousands of endpoints.
 */
export class EndpointsReader {
  readonly #lines: Lines
  readonly #zones: ReadonlyMap<string, string | undefined>
  readonly #scan = new AddressScan()
  readonly #tails = new Map<string, Endpoint>()
  /** What followed the address before. */
  #lastTail = ''
  /** The endpoints of one group. A list that grows takes three times the room of its copy. */
  readonly #list: Endpoint[] = []

  constructor(lines: Lines, nodes: readonly Node[]) {
    this.#lines = lines
    this.#zones = new Map(nodes.map(node => [node.name, node.zone]))
  }

  /** The endpoints that come next, one at least, in their order; undefined when they are not as printYaml writes them. */
  read(): Endpoint[] | undefined {
    const lines = this.#lines
    let count = 0
    this.#scan.restart()
    while (lines.text.startsWith(ITEM, lines.at)) {
      const start = lines.at + ITEM.length
      const end = lines.text.indexOf('\n', start)
      if (end < 0) return undefined
      const isQuoted = lines.text.charCodeAt(start) === QUOTE
      const endpoint = isQuoted ? this.#unquote(lines.text.slice(start, end)) : this.#read(lines.text, start, end)
      if (!endpoint) return undefined
      this.#list[count++] = endpoint
      lines.at = end + 1
    }
    return count > 0 ? this.#list.slice(0, count) : undefined
  }

  #unquote(text: string): Endpoint | undefined {
    const line = readScalar(text)
    return line === undefined ? undefined : this.#parse(line, 0, line.length)
  }

  #read(text: string, start: number, end: number): Endpoint | undefined {
    const endpoint = this.#parse(text, start, end)
    return this.#scan.isIPv4 || this.#isPlain(text, start, end) ? endpoint : undefined
  }

  /** isPlain of the line that was parsed, IPv6: behind an address, words are no matter. IPv4 always is. */
  #isPlain(text: string, start: number, end: number): boolean {
    if (this.#lastTail === '') return isPlain(text.slice(start, end))
    return text.charCodeAt(start) !== COLON && text.charCodeAt(end - this.#lastTail.length - 1) !== COLON
  }

  /** The endpoint of the line between `start` and `end`. */
  #parse(text: string, start: number, end: number): Endpoint | undefined {
    const addressEnd = this.#scan.read(text, start)
    if (addressEnd < 0 || (addressEnd < end && text.charCodeAt(addressEnd) !== SPACE)) return undefined
    const tail = text.slice(addressEnd, end)
    const { order } = this.#scan
    if (order < 0 || (order === 0 && tail < this.#lastTail)) return undefined
    this.#lastTail = tail
    const known = this.#tails.get(tail) ?? this.#learn(tail)
    return known && { ...known, address: text.slice(start, addressEnd) }
  }

  /** An endpoint, of no matter which address, with what `tail` says; undefined when it is not what the printer says. Its copies share its lists. */
  #learn(tail: string): Endpoint | undefined {
    const line = `0.0.0.0${tail}`
    const endpoint = parseEndpointLine(line)
    if (Array.isArray(endpoint) || printEndpointLine(endpoint) !== line) return undefined
    const { node, zone, forZones, forNodes } = endpoint
    const isInherited = zone !== undefined && node !== undefined && this.#zones.get(node) === zone
    if (isInherited || !isRising(forZones) || !isRising(forNodes)) return undefined
    Object.freeze(forZones)
    Object.freeze(forNodes)
    const known = node === undefined ? endpoint : inOneObject(endpoint, node)
    this.#tails.set(tail, known)
    return known
  }
}

function isRising(texts: readonly string[]): boolean {
  return texts.every((text, i) => i === 0 || texts[i - 1]! < text)
}

/** The same endpoint, whose copies need no second object for what was added to the first. */
function inOneObject(endpoint: Endpoint, node: string): Endpoint {
  const { address, ready, serving, terminating, forZones, forNodes, zone } = endpoint
  const base = { address, node, ready, serving, terminating, forZones, forNodes }
  return zone === undefined ? base : { ...base, zone }
}
