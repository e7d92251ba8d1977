// SPDX-License-Identifier: Apache-2.0
import type { Raw } from '../../cluster/reader.ts'
import { parseObject } from '../parse-object.ts'
import { Garbled } from './lines.ts'

const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c]
const [OPEN_BRACKET, CLOSE_BRACKET, OPEN_BRACE, CLOSE_BRACE] = [0x5b, 0x5d, 0x7b, 0x7d]
const ITEMS = /[{,]\s*"items"\s*:\s*$/
const LONGEST = 16 << 20

interface ItemSplitter {
  /** The items that end in this chunk, as bytes of JSON; use up what it yields before the next chunk. */
  split(chunk: Uint8Array): Generator<Uint8Array, void, void>
  /** The list without its items, after the last chunk; undefined when the JSON is not whole. */
  head(): Raw | undefined
}

/**
 * Cuts the JSON of a list (`{"kind": …, "metadata": {…}, "items": [{…}, …]}`) into its items, wherever the chunks begin and
 * end, so that a list is never held whole. Throws Garbled when an item, or all that is not items, exceeds 16 MiB.
 */
export function itemSplitter(): ItemSplitter {
  // What is outside of items, and the pieces of the item that began in an earlier chunk.
  let around = ''
  let pieces: Uint8Array[] = []
  let held = 0
  let depth = 0
  let inText = false
  let isEscaped = false
  let inItems = false
  let hadItems = false

  function* split(chunk: Uint8Array): Generator<Uint8Array, void, void> {
    let from = 0
    const keep = (to: number): void => {
      const piece = chunk.subarray(from, to)
      from = to
      if (inItems && depth > 2) {
        pieces.push(piece)
        held += piece.length
      } else around += Buffer.from(piece).toString('latin1')
      if (held > LONGEST || around.length > LONGEST) throw new Garbled(`sends an object of more than ${LONGEST} bytes`)
    }
    for (let i = 0; i < chunk.length; i++) {
      const c = chunk[i]!
      if (inText) {
        if (isEscaped) isEscaped = false
        else if (c === BACKSLASH) isEscaped = true
        else if (c === QUOTE) inText = false
      } else if (c === QUOTE) inText = true
      else if (c === OPEN_BRACE || c === OPEN_BRACKET) {
        if (depth === 1 && c === OPEN_BRACKET && !hadItems) {
          keep(i)
          inItems = ITEMS.test(around)
          hadItems ||= inItems
        } else if (inItems && depth === 2) keep(i)
        depth++
      } else if (c === CLOSE_BRACE || c === CLOSE_BRACKET) {
        if (inItems && depth === 3) {
          keep(i + 1)
          const item = pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces, held)
          pieces = []
          held = 0
          depth = 2
          yield item
          continue
        }
        if (inItems && depth === 2) {
          keep(i)
          inItems = false
        }
        depth--
      } else if (c === COMMA && inItems && depth === 2) {
        keep(i)
        from = i + 1
      }
    }
    keep(chunk.length)
  }
  return { split, head: () => (depth === 0 ? parseObject(Buffer.from(around, 'latin1').toString('utf8')) : undefined) }
}
