// SPDX-License-Identifier: Apache-2.0
import type { Family } from '../base/address.ts'
import { type Backend, packSlots, slotsOf } from '../datapath/backend.ts'
import { encode } from '../datapath/codec.ts'
import { blockId } from '../datapath/identity.ts'
import type { Entry } from './entry.ts'

/** A backend list under its content address. */
export interface Block {
  id: bigint
  backends: readonly Backend[]
}

/**
 * Writes backend lists as content-addressed blocks. Frontends of one service port share their list object, so ids are
 * remembered by object: each list is hashed and written once.
 */
export class BlockWriter {
  readonly blocks: Block[] = []
  readonly #entries: Entry[]
  readonly #ids = new Map<readonly Backend[], bigint>()
  #written: Set<string> | undefined

  /** Adds its entries to `entries`. */
  constructor(entries: Entry[]) {
    this.#entries = entries
  }

  /** The id of a list; 0 for the empty one. */
  id(backends: readonly Backend[]): bigint {
    if (backends.length === 0) return 0n
    let id = this.#ids.get(backends)
    if (id === undefined) {
      id = blockId(backends)
      this.#ids.set(backends, id)
      this.blocks.push({ id, backends })
    }
    return id
  }

  /** Writes a list to `pages`, once. */
  page(family: Family, backends: readonly Backend[]): void {
    const block = this.id(backends)
    if (block === 0n || !this.#isFirst('pages', block)) return
    const size = slotsOf(family)
    for (let page = 0; page * size < backends.length; page++) {
      const bytes = packSlots(family, block, backends.slice(page * size, (page + 1) * size))
      const key = encode('page_key', { block, page })
      this.#entries.push({ map: 'pages', key, value: encode('page', { slots: { bytes } }) })
    }
  }

  /** Writes a list so that the programs find a backend in it: as a page when it fits one, else each backend to `members`. */
  lookedUp(family: Family, backends: readonly Backend[]): void {
    if (backends.length <= slotsOf(family)) this.page(family, backends)
    else this.#members(backends)
  }

  #members(backends: readonly Backend[]): void {
    const block = this.id(backends)
    if (!this.#isFirst('members', block)) return
    for (const { address, port } of backends) {
      this.#entries.push({ map: 'members', key: encode('member', { block, address, port }), value: PRESENT })
    }
  }

  #isFirst(map: 'pages' | 'members', block: bigint): boolean {
    this.#written ??= new Set()
    const size = this.#written.size
    return this.#written.add(`${map} ${block}`).size > size
  }
}

/** The value of a map that is a set. */
const PRESENT = '\x01'
