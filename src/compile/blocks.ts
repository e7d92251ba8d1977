import type { Family } from '../base/address.ts'
import { type Backend, packSlots, slotsOf } from '../datapath/backend.ts'
import { encode } from '../datapath/codec.ts'
import { blockId } from '../datapath/identity.ts'
import type { Image } from '../datapath/image.ts'

/**
 * Writes backend lists into an image as content-addressed blocks. Frontends of one service port share their
 * list object, so ids are remembered by object and each list is hashed once.
 */
export class BlockWriter {
  readonly #image: Image
  readonly #ids = new Map<readonly Backend[], bigint>()
  readonly #paged = new Set<bigint>()
  readonly #owners = new Map<bigint, readonly Backend[]>()

  constructor(image: Image) {
    this.#image = image
  }

  /** The id of a list; 0 for the empty one. Throws if two lists share 64 bits of SHA-256. */
  id(backends: readonly Backend[]): bigint {
    let id = this.#ids.get(backends)
    if (id === undefined) {
      id = blockId(backends)
      this.#ids.set(backends, id)
      this.#refuseCollision(id, backends)
    }
    return id
  }

  /** Puts a list into `pages`, once. */
  page(family: Family, backends: readonly Backend[]): void {
    const block = this.id(backends)
    if (block === 0n || this.#paged.has(block)) return
    this.#paged.add(block)
    const size = slotsOf(family)
    for (let page = 0; page * size < backends.length; page++) {
      const bytes = packSlots(family, backends.slice(page * size, (page + 1) * size))
      this.#image.pages.set(
        encode('page_key', { block, page }),
        encode('page', { guard_block: block, slots: { bytes } }),
      )
    }
  }

  /** Puts a list into `members`: frontends with affinity ask there for a remembered backend. */
  members(backends: readonly Backend[]): void {
    const block = this.id(backends)
    for (const { address, port } of backends) {
      this.#image.members.set(encode('member', { block, address, port }), PRESENT)
    }
  }

  #refuseCollision(id: bigint, backends: readonly Backend[]): void {
    const owner = this.#owners.get(id)
    if (!owner) this.#owners.set(id, backends)
    else if (!sameBackends(owner, backends)) throw new Error(`two backend lists share the block id ${id.toString(16)}`)
  }
}

function sameBackends(a: readonly Backend[], b: readonly Backend[]): boolean {
  return a.length === b.length && a.every((x, i) => x.address === b[i]!.address && x.port === b[i]!.port)
}

/** The value of a map that is a set. */
export const PRESENT = '\x01'
