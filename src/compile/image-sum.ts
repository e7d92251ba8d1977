// SPDX-License-Identifier: Apache-2.0
import { encodeAddress } from '../datapath/check.ts'
import type { Delta } from '../datapath/delta.ts'
import type { Image } from '../datapath/image.ts'
import type { Block } from './blocks.ts'
import type { AddressUse, Contribution } from './contribution.ts'
import type { Entry } from './entry.ts'
import { FilterSum } from './filter-sum.ts'
import { Shared } from './shared.ts'
import { TrackedImage } from './tracked-image.ts'

/**
 * An image as the sum of contributions. It counts how many of them have an entry, an address or a filter bit, so
 * adding and removing one costs as much as the contribution, whatever the size of the image. The image depends on the
 * contributions only, not on how the sum came to them.
 */
export class ImageSum {
  readonly #tracked = new TrackedImage()
  readonly #sharedEntries: Record<Entry['map'], Shared<string>> = {
    frontends: new Shared(),
    pages: new Shared(),
    members: new Shared(),
    source_ranges: new Shared(),
  }
  readonly #backends = new Map<bigint, Block['backends']>()
  readonly #sharedBlocks = new Shared<bigint>()
  readonly #flags = new Map<string, number>()
  /** By address and flag. */
  readonly #sharedFlags = new Shared<string>()
  readonly #filter = new FilterSum()
  #serving = 0

  /** How many service ports have a backend. */
  get serving(): number {
    return this.#serving
  }

  /** The image now: all maps but `revision`. It is the sum's own, and changes with it. */
  get image(): Image {
    for (const [key, value] of this.#filter.takeChanged()) this.#tracked.set('address_filter', key, value)
    return this.#tracked.image
  }

  /** What changed in the image since this was last asked; at first, since the empty image. */
  takeDelta(): Delta {
    void this.image
    return this.#tracked.takeDelta()
  }

  /** Throws if one of its frontends is in the sum already: what a Service no longer has must go before it can come. */
  add({ entries, blocks, addresses, filtered, serving }: Contribution): void {
    for (const block of blocks) this.#addBlock(block)
    for (const entry of entries) this.#addEntry(entry)
    for (const use of addresses) this.#addAddress(use)
    for (const fold of filtered) this.#filter.add(fold)
    this.#serving += serving
  }

  /** Takes out what was added before. */
  remove({ entries, blocks, addresses, filtered, serving }: Contribution): void {
    for (const { id } of blocks) if (this.#sharedBlocks.remove(id)) this.#backends.delete(id)
    for (const { map, key } of entries) if (this.#sharedEntries[map].remove(key)) this.#tracked.set(map, key, undefined)
    for (const use of addresses) this.#removeAddress(use)
    for (const fold of filtered) this.#filter.remove(fold)
    this.#serving -= serving
  }

  #addEntry({ map, key, value }: Entry): void {
    if (!this.#tracked.image[map].has(key)) this.#tracked.set(map, key, value)
    else if (map === 'frontends') throw new Error('two Services have one frontend')
    else this.#sharedEntries[map].add(key)
  }

  #addBlock({ id, backends }: Block): void {
    const known = this.#backends.get(id)
    if (!known) return void this.#backends.set(id, backends)
    refuseCollision(id, backends, known)
    this.#sharedBlocks.add(id)
  }

  #addAddress({ key, fold, flag }: AddressUse): void {
    const flags = this.#flags.get(key) ?? 0
    if (flags & flag) return this.#sharedFlags.add(key + flag)
    if (flags === 0) this.#filter.add(fold)
    this.#setFlags(key, flags | flag)
  }

  #removeAddress({ key, fold, flag }: AddressUse): void {
    if (!this.#sharedFlags.remove(key + flag)) return
    const flags = this.#flags.get(key)! & ~flag
    if (flags === 0) this.#filter.remove(fold)
    this.#setFlags(key, flags)
  }

  #setFlags(key: string, flags: number): void {
    if (flags === 0) this.#flags.delete(key)
    else this.#flags.set(key, flags)
    this.#tracked.set('addresses', key, flags === 0 ? undefined : encodeAddress(key, flags))
  }
}

/** Two lists that share 64 bits of SHA-256 cannot both be served. */
function refuseCollision(id: bigint, a: Block['backends'], b: Block['backends']): void {
  const isEqual = a.length === b.length && a.every((x, i) => x.address === b[i]!.address && x.port === b[i]!.port)
  if (!isEqual) throw new Error(`two backend lists share the block id ${id.toString(16)}`)
}
