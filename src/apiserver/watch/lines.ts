// SPDX-License-Identifier: Apache-2.0

const LINE_FEED = 0x0a

/** Longer than any object that etcd stores (1.5 MiB), also with every byte escaped. */
const LONGEST = 16 << 20

/** Bytes of an answer that cannot be what was asked for. */
export class Garbled extends Error {}

/**
 * Cuts the bytes of a watch into lines, which are its events, wherever the chunks begin and end. Call it with each chunk in
 * turn and use up what it yields. Empty lines are left out. Throws Garbled for a line of more than 16 MiB.
 */
export function lineSplitter(longest = LONGEST): (chunk: Uint8Array) => Generator<Uint8Array, void, void> {
  let pieces: Uint8Array[] = []
  let held = 0
  return function* split(chunk) {
    for (let from = 0; from < chunk.length; ) {
      const at = chunk.indexOf(LINE_FEED, from)
      const piece = chunk.subarray(from, at < 0 ? chunk.length : at)
      if (held + piece.length > longest) throw new Garbled(`sends a line of more than ${longest} bytes`)
      from += piece.length + 1
      if (piece.length > 0) pieces.push(piece)
      held += piece.length
      if (at < 0 || held === 0) continue
      const line = pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces, held)
      pieces = []
      held = 0
      yield line
    }
  }
}
