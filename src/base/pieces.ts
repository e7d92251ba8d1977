// SPDX-License-Identifier: Apache-2.0

/** A list in pieces of `most` items; the last one may be shorter. */
export function* piecesOf<T>(list: readonly T[], most: number): Generator<T[]> {
  for (let at = 0; at < list.length; at += most) yield list.slice(at, at + most)
}
