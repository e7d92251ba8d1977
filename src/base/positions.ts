// SPDX-License-Identifier: Apache-2.0
import {
  COLLECTION_STYLE,
  EVENT_ID,
  type Event,
  getScalarValue,
  parseEvents,
  SCALAR_STYLE,
  type ScalarEvent,
} from 'js-yaml'
import type { Path, Span } from './place.ts'

/** The characters of a value in its text. */
export interface Found extends Span {
  /** The text of a scalar. */
  value?: string
}

/** Of a mapping, by key: the events of the key and of its value. */
type Pairs = Map<string, { key: number; value: number }>

/**
 * Where the values of a YAML or JSON text stand, from one pass of js-yaml's parser (a tenth of what a syntax tree costs).
 * Mappings and lists are indexed when a path first leads through them: finding something in each entry of a big mapping is
 * not quadratic.
 */
export class Positions {
  readonly #text: string
  readonly #events: readonly Event[]
  /** The event after the value that begins at an event. */
  readonly #after: Uint32Array
  readonly #pairs = new Map<number, Pairs>()
  readonly #items = new Map<number, number[]>()

  private constructor(text: string, events: readonly Event[]) {
    this.#text = text
    this.#events = events
    this.#after = endsOf(events)
  }

  /** Of the first document; undefined when the text is not YAML. */
  static of(text: string): Positions | undefined {
    try {
      const events = parseEvents(text, {})
      return events.length > 1 ? new Positions(text, events) : undefined
    } catch {
      return undefined
    }
  }

  /** The value at the end of a path, or the last key of it; of a path that leads nowhere, the nearest thing on the way. */
  find(path: Path, wantsKey: boolean): Found {
    let at = ROOT
    let found = ROOT
    for (const [depth, step] of path.entries()) {
      const pair = this.#pairsOf(at)?.get(String(step))
      const next = pair?.value ?? this.#itemsOf(at)?.[Number(step)]
      if (next === undefined) break
      const isKey = wantsKey && pair !== undefined && depth === path.length - 1
      // The empty value of `key:` has no characters: its key is the better thing to point at.
      if (!isKey && this.#hasText(next)) found = next
      else if (pair) found = pair.key
      at = next
    }
    return this.#rangeOf(found)
  }

  /** The scalars of the list at a path, with '' for other items; undefined when there is no list. */
  list(path: Path): string[] | undefined {
    let at: number | undefined = ROOT
    for (const step of path) {
      at = this.#pairsOf(at)?.get(String(step))?.value ?? this.#itemsOf(at)?.[Number(step)]
      if (at === undefined) return undefined
    }
    return this.#itemsOf(at)?.map(item => this.#textOf(item))
  }

  #pairsOf(at: number): Pairs | undefined {
    if (this.#events[at]?.type !== EVENT_ID.MAPPING) return undefined
    let pairs = this.#pairs.get(at)
    if (!pairs) {
      pairs = new Map()
      const parts = this.#children(at)
      for (let i = 0; i + 1 < parts.length; i += 2) {
        pairs.set(this.#textOf(parts[i]!), { key: parts[i]!, value: parts[i + 1]! })
      }
      this.#pairs.set(at, pairs)
    }
    return pairs
  }

  #itemsOf(at: number): number[] | undefined {
    if (this.#events[at]?.type !== EVENT_ID.SEQUENCE) return undefined
    const items = this.#items.get(at) ?? this.#children(at)
    this.#items.set(at, items)
    return items
  }

  /** The events with which the parts of a mapping or list begin. */
  #children(at: number): number[] {
    const children: number[] = []
    const end = this.#after[at]! - 1
    for (let child = at + 1; child < end; child = this.#after[child]!) children.push(child)
    return children
  }

  #textOf(at: number): string {
    const event = this.#events[at]!
    return event.type === EVENT_ID.SCALAR && event.valueStart >= 0 ? getScalarValue(this.#text, event) : ''
  }

  #hasText(at: number): boolean {
    const event = this.#events[at]!
    return event.type === EVENT_ID.SCALAR ? event.valueStart >= 0 : 'start' in event
  }

  #rangeOf(at: number): Found {
    const event = this.#events[at]!
    if (event.type === EVENT_ID.SCALAR) return this.#scalarRange(event)
    if (event.type !== EVENT_ID.MAPPING && event.type !== EVENT_ID.SEQUENCE) return { start: 0, end: 0 }
    const last = this.#children(at).findLast(part => this.#hasText(part))
    const end = last === undefined ? event.start : this.#rangeOf(last).end
    return { start: event.start, end: event.style === FLOW ? this.#closing(end) : end }
  }

  #scalarRange(event: ScalarEvent): Found {
    const quote = event.style === SINGLE_QUOTED || event.style === DOUBLE_QUOTED ? 1 : 0
    const value = getScalarValue(this.#text, event)
    return { start: event.valueStart - quote, end: event.valueEnd + quote, value }
  }

  /** After the bracket that closes a flow collection, whose last part ends at `from`. */
  #closing(from: number): number {
    const rest = /[\]}]/g
    rest.lastIndex = from
    return rest.exec(this.#text) ? rest.lastIndex : from
  }
}

/** The root value: its event follows that of the document. */
const ROOT = 1
const { SINGLE_QUOTED, DOUBLE_QUOTED } = SCALAR_STYLE
const { FLOW } = COLLECTION_STYLE

function endsOf(events: readonly Event[]): Uint32Array {
  const after = new Uint32Array(events.length)
  const open: number[] = []
  for (let i = 0; i < events.length; i++) {
    const { type } = events[i]!
    if (type === EVENT_ID.POP) after[open.pop()!] = i + 1
    else if (type === EVENT_ID.SCALAR || type === EVENT_ID.ALIAS) after[i] = i + 1
    else open.push(i)
  }
  return after
}
