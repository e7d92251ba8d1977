// SPDX-License-Identifier: Apache-2.0
import type { Entries } from '../../datapath/image.ts'

const QUOTE = 34
const CLOSE = 93

const ANSWER = Buffer.from('"output":')

/** How a batch of dumps ends that was not cut off: the last dump is closed, then its answer, then the batch. */
const END = /(\]\}|\[)\]\}\]\s*$/

/** The parts of a batch's text, one for each of its lines; none when the text was cut off. */
export function splitAnswers(text: Buffer): Buffer[] {
  if (!END.test(text.toString('latin1', Math.max(0, text.length - 64)))) return []
  const starts: number[] = []
  for (let at = text.indexOf(ANSWER); at >= 0; at = text.indexOf(ANSWER, at + 1)) starts.push(at + ANSWER.length)
  return starts.map((start, i) => {
    // Up to the brace that closes this answer, before the next one's `,{"command":`.
    const end = i + 1 < starts.length ? text.lastIndexOf('},{"command":', starts[i + 1]!) : text.lastIndexOf('}')
    return text.subarray(start, end)
  })
}

/**
 * Reads what `bpftool -j map dump` prints of a map without BTF: `[{"key":["0x0a",…],"value":["0x00",…]},…]`.
 * Scanned rather than parsed: a big map is tens of megabytes of one-byte strings. Undefined when the text is
 * not of that form, for example an error.
 */
export function parseDump(text: Buffer, keySize: number, valueSize: number): Entries | undefined {
  const entries: Entries = new Map()
  const bytes = Buffer.alloc(Math.max(keySize, valueSize))
  let at = text.indexOf('[')
  if (at < 0) return undefined
  for (;;) {
    const keyAt = text.indexOf('"key":[', at)
    if (keyAt < 0) break
    const keyEnd = readBytes(text, keyAt + 7, bytes, keySize)
    if (keyEnd < 0) return undefined
    const key = bytes.toString('latin1', 0, keySize)
    if (text.compare(VALUE, 0, VALUE.length, keyEnd, keyEnd + VALUE.length) !== 0) return undefined
    at = readBytes(text, keyEnd + VALUE.length, bytes, valueSize)
    if (at < 0) return undefined
    entries.set(key, bytes.toString('latin1', 0, valueSize))
  }
  return isWhole(text) ? entries : undefined
}

const VALUE = Buffer.from(',"value":[')

/** Reads `"0xNN","0xNN"]` into `into`; the index behind the bracket, or -1. */
function readBytes(text: Buffer, start: number, into: Buffer, count: number): number {
  let at = start
  for (let i = 0; i < count; i++) {
    if (text[at] !== QUOTE || text[at + 5] !== QUOTE) return -1
    into[i] = (hexDigit(text[at + 3]!) << 4) | hexDigit(text[at + 4]!)
    at += 7
  }
  return text[at - 1] === CLOSE ? at : -1
}

function hexDigit(c: number): number {
  return c <= 57 ? c - 48 : c - 87
}

/** A dump that was cut off does not end with its array. */
function isWhole(text: Buffer): boolean {
  let end = text.length - 1
  while (end >= 0 && text[end]! <= 32) end--
  return text[end] === CLOSE
}
