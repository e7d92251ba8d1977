// SPDX-License-Identifier: Apache-2.0
import type { Family } from '../base/address.ts'
import { familyOf } from '../base/address.ts'
import { type Backend, byBackend, slotsOf } from './backend.ts'
import { externalBackends, internalBackends, pagedBackends } from './blocks.ts'
import { encode } from './codec.ts'
import type { LookupClient } from './dial.ts'
import type { Image } from './image.ts'
import { enums } from './layout.gen.ts'
import type { FrontendValue } from './match.ts'

const { FRONTEND_INTERNAL_DROP, FRONTEND_EXTERNAL_DROP } = enums.frontend_flags

/** One of the two lists of a frontend. */
export interface List {
  /** Undefined when a page is missing, or a slot holds a backend of another block. */
  read(image: Image, frontend: FrontendValue, family: Family): Backend[] | undefined
  block: bigint
  count: number
  /** Without a backend, is the client dropped instead of refused? */
  drops: boolean
}

/** The list that applies to a client. bpf/list.h, list_for. */
export function listFor(frontend: FrontendValue, which: LookupClient['list']): List {
  return which === 'external'
    ? {
        read: externalBackends,
        block: frontend.external_block,
        count: frontend.external_count,
        drops: (frontend.flags & FRONTEND_EXTERNAL_DROP) !== 0,
      }
    : {
        read: internalBackends,
        block: frontend.internal_block,
        count: frontend.internal_count,
        drops: (frontend.flags & FRONTEND_INTERNAL_DROP) !== 0,
      }
}

/** Is a backend, which was chosen from another list, in this one? 'damaged': the list is not whole. bpf/list.h, find_in_list. */
export function isListed(image: Image, { block, count }: List, backend: Backend): boolean | 'damaged' {
  const family = familyOf(backend.address)
  if (count > slotsOf(family)) return image.members.has(encode('member', { block, ...backend }))
  const backends = count === 0 ? [] : pagedBackends(image, family, block, count)
  return backends ? backends.some(other => byBackend(other, backend) === 0) : 'damaged'
}
