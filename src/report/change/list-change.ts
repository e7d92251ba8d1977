// SPDX-License-Identifier: Apache-2.0
import type { Family } from '../../base/address.ts'
import { type Backend, formatBackend } from '../../datapath/backend.ts'
import { externalBackends, internalBackends } from '../../datapath/blocks.ts'
import type { StructValue } from '../../datapath/codec.ts'
import type { Image } from '../../datapath/image.ts'

/** A frontend, and the image that has its lists of backends. */
export interface FrontendInImage {
  frontend: StructValue<'frontend'>
  image: Image
}

/** The backends that a list gains and loses. */
interface Backends {
  gained: Backend[]
  lost: Backend[]
}

/** What happens to one list of backends. */
export interface ListChange extends Backends {
  /** How many backends there are before and after. */
  before: number
  after: number
}

/** What happens to the list for clients on this node. */
export function internalChange(old: FrontendInImage, now: FrontendInImage, family: Family): ListChange {
  const count = ({ frontend }: FrontendInImage) => frontend.internal_count
  return { ...compare(internalOf(old, family), internalOf(now, family)), before: count(old), after: count(now) }
}

/** What happens to the list for clients elsewhere; undefined when it is what happens to the list for clients on this node. */
export function externalChange(old: FrontendInImage, now: FrontendInImage, family: Family): ListChange | undefined {
  const isSame = ({ frontend }: FrontendInImage) => frontend.external_block === frontend.internal_block
  if (isSame(old) && isSame(now)) return undefined
  const { gained, lost } = compare(externalOf(old, family), externalOf(now, family))
  const [before, after] = [old.frontend.external_count, now.frontend.external_count]
  return gained.length + lost.length === 0 && before === after ? undefined : { gained, lost, before, after }
}

/** What clients outside gain and lose that clients on this node do not. */
export function outsideOnly({ gained, lost, outside }: Backends & { outside?: ListChange }): Backends {
  if (!outside) return { gained: [], lost: [] }
  const [alsoGained, alsoLost] = [byName(gained), byName(lost)]
  return {
    gained: outside.gained.filter(backend => !alsoGained.has(formatBackend(backend))),
    lost: outside.lost.filter(backend => !alsoLost.has(formatBackend(backend))),
  }
}

function compare(old: readonly Backend[], now: readonly Backend[]): Backends {
  const [before, after] = [byName(old), byName(now)]
  return {
    gained: [...after].filter(([name]) => !before.has(name)).map(([, backend]) => backend),
    lost: [...before].filter(([name]) => !after.has(name)).map(([, backend]) => backend),
  }
}

function byName(backends: readonly Backend[]): Map<string, Backend> {
  return new Map(backends.map(backend => [formatBackend(backend), backend]))
}

function internalOf({ image, frontend }: FrontendInImage, family: Family): readonly Backend[] {
  return internalBackends(image, frontend, family) ?? []
}

function externalOf({ image, frontend }: FrontendInImage, family: Family): readonly Backend[] {
  return externalBackends(image, frontend, family) ?? []
}
