// SPDX-License-Identifier: Apache-2.0
import type { Image } from '../../src/datapath/image.ts'
import { backendsOf, EDGE_ROWS } from './edge-rows.ts'
import type { EdgeApplied } from './edge-writer.ts'
import type { Reign } from './judge.ts'

/** The specs of one node in order. */
export class EdgeReigns {
  readonly all: Reign[] = []

  /** A spec that is wholly in place by now, so none before it is. */
  add(what: string, { image, begun, done }: EdgeApplied): void {
    for (const reign of this.all) reign.to = Math.min(reign.to, done)
    this.addUnfinished(what, image, begun)
  }

  /** A spec that may be in place in part, beside the one before it. */
  addUnfinished(what: string, image: Image, begun: number): void {
    const reign = { from: begun, to: Number.POSITIVE_INFINITY, what: `${this.all.length}: ${what}` }
    this.all.push({ ...reign, allows: resultsUnder(image) })
  }
}

/** A stream may have any backend, as its list may have changed since it began. */
function resultsUnder(image: Image): Reign['allows'] {
  const known = new Map<number, ReadonlySet<number>>()
  return (number, result) => {
    const row = EDGE_ROWS[number]!
    if (row.mode === 'stream') return result > 0
    const backends = known.get(number) ?? backendsOf(image, row)
    known.set(number, backends)
    return result > 0 ? backends.has(result) : backends.size === 0
  }
}
