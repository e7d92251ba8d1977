// SPDX-License-Identifier: Apache-2.0
import { scanJson } from '../cluster/json-items.ts'
import { isMap } from '../cluster/reader.ts'
import { textOf } from '../cluster/source.ts'
import { parseObject } from './parse-object.ts'

/** One page of a list as it came, and what it says of itself. */
export interface Page {
  bytes: Uint8Array
  kind: string
  /** The moment that the page shows. */
  version: string
  /** What asks for the next page; '' on the last one. */
  next: string
}

/** A page that is not whole: asking again may help. */
export class CutPage extends Error {}

const OPEN_BRACE = 0x7b

/** Reads the head of a page and leaves its items as bytes; undefined for what is no list of the API. */
export function readPage(bytes: Uint8Array): Page | undefined {
  if (bytes.length > 0 && bytes[0] !== OPEN_BRACE) return undefined
  const value = scanJson(bytes, 0, bytes.length)
  if ('message' in value) throw new CutPage('sends answers that end in the middle')
  const { inside } = value
  if (!inside) return undefined
  const head = parseObject(textOf(bytes, 0, inside.start) + textOf(bytes, inside.end, value.end))
  const metadata = head && isMap(head.metadata) ? head.metadata : {}
  const { resourceVersion: version, continue: next = '' } = metadata
  if (typeof head?.kind !== 'string' || typeof version !== 'string' || typeof next !== 'string') return undefined
  return { bytes, kind: head.kind, version, next }
}

const MOST_SAID = 300

/** What the API server says in a Status, else the first words of whatever answered. */
export function messageIn(body: Uint8Array): string {
  const text = textOf(body, 0, Math.min(body.length, 1 << 16))
  const status = parseObject(text)
  const message = typeof status?.message === 'string' ? status.message : text
  return message
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .slice(0, MOST_SAID)
}
