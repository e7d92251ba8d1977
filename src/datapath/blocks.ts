// SPDX-License-Identifier: Apache-2.0
import type { Family } from '../base/address.ts'
import { type Backend, slotsOf, unpackSlots } from './backend.ts'
import { decode, encode, type StructValue } from './codec.ts'
import type { Image } from './image.ts'

/** The backends that a frontend's internal block holds; undefined when a page is missing, or a slot holds a backend of another block. */
export function internalBackends(
  image: Image,
  frontend: StructValue<'frontend'>,
  family: Family,
): Backend[] | undefined {
  const { internal_block, internal_count: count, slots } = frontend
  return count <= slotsOf(family)
    ? unpackSlots(family, internal_block, slots.bytes, count)
    : pagedBackends(image, family, internal_block, count)
}

/** The same for the external block, which stands in `pages` unless it is the internal one. */
export function externalBackends(
  image: Image,
  frontend: StructValue<'frontend'>,
  family: Family,
): Backend[] | undefined {
  const { internal_block, external_block, external_count } = frontend
  if (external_block === internal_block) return internalBackends(image, frontend, family)
  return pagedBackends(image, family, external_block, external_count)
}

/** The same for a block of so many backends in `pages`. */
export function pagedBackends(image: Image, family: Family, block: bigint, count: number): Backend[] | undefined {
  const backends: Backend[] = []
  const size = slotsOf(family)
  for (let page = 0; page * size < count; page++) {
    const value = image.pages.get(encode('page_key', { block, page }))
    if (value === undefined) return undefined
    const some = unpackSlots(family, block, decode('page', value).slots.bytes, Math.min(size, count - page * size))
    if (some === undefined) return undefined
    backends.push(...some)
  }
  return backends
}
