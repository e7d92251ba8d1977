// SPDX-License-Identifier: Apache-2.0
import { encodeAddress } from '../datapath/check.ts'
import { encode, encodeU32 } from '../datapath/codec.ts'
import type { Delta } from '../datapath/delta.ts'
import type { Image } from '../datapath/image.ts'
import { enums } from '../datapath/layout.gen.ts'
import type { Arrivals } from './arrivals.ts'
import type { Block } from './blocks.ts'
import type { AddressUse, Contribution } from './contribution.ts'
import { DestinationFilter } from './destination-filter.ts'
import type { Entry } from './entry.ts'
import { FilterSum } from './filter-sum.ts'
import { Shared } from './shared.ts'
import { TrackedImage } from './tracked-image.ts'

const { ADDRESS_CLUSTER_IP, ADDRESS_THIS_NODE, ADDRESS_EXTERNAL } = enums.address_flags

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
    devices: new Shared(),
  }
  readonly #backends = new Map<bigint, Block['backends']>()
  readonly #sharedBlocks = new Shared<bigint>()
  readonly #flags = new Map<string, number>()
  /** By address and flag. */
  readonly #sharedFlags = new Shared<string>()
  readonly #filter = new FilterSum()
  readonly #destinations = new DestinationFilter()
  #epoch = 0n
  #serving = 0

  /** How many service ports have a backend. */
  get serving(): number {
    return this.#serving
  }

  /** The image now: all maps but `revision`. It is the sum's own, and changes with it. */
  get image(): Image {
    for (const [key, value] of this.#filter.takeChanged()) this.#tracked.set('address_filter', key, value)
    for (const [key, value] of this.#destinations.takeChanged()) this.#tracked.set('port_filter', key, value)
    const epoch = this.#epoch === 0n ? undefined : encode('epoch', { epoch: this.#epoch })
    if (epoch !== this.#tracked.image.epoch.get(EPOCH_KEY)) this.#tracked.set('epoch', EPOCH_KEY, epoch)
    return this.#tracked.image
  }

  /** What changed in the image since this was last asked; at first, since the empty image. */
  takeDelta(): Delta {
    void this.image
    return this.#tracked.takeDelta()
  }

  /** Throws if one of its frontends is in the sum already: what a Service no longer has must go before it can come. */
  add({ entries, blocks, addresses, filtered, serving, arrivals }: Contribution): void {
    for (const block of blocks) this.#addBlock(block)
    for (const entry of entries) this.#addEntry(entry)
    for (const use of addresses) this.#addAddress(use)
    for (const fold of filtered) this.#filter.add(fold)
    this.#addArrivals(arrivals)
    this.#serving += serving
  }

  /** Takes out what was added before. */
  remove({ entries, blocks, addresses, filtered, serving, arrivals }: Contribution): void {
    for (const { id } of blocks) if (this.#sharedBlocks.remove(id)) this.#backends.delete(id)
    for (const { map, key } of entries) if (this.#sharedEntries[map].remove(key)) this.#tracked.set(map, key, undefined)
    for (const use of addresses) this.#removeAddress(use)
    for (const fold of filtered) this.#filter.remove(fold)
    this.#removeArrivals(arrivals)
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

  #addArrivals({ destinations, nodePorts, epoch }: Arrivals): void {
    for (const fold of destinations) this.#destinations.add(fold)
    for (const nodePort of nodePorts) this.#destinations.addNodePort(nodePort)
    this.#epoch = BigInt.asUintN(64, this.#epoch + epoch)
  }

  #removeArrivals({ destinations, nodePorts, epoch }: Arrivals): void {
    for (const fold of destinations) this.#destinations.remove(fold)
    for (const nodePort of nodePorts) this.#destinations.removeNodePort(nodePort)
    this.#epoch = BigInt.asUintN(64, this.#epoch - epoch)
  }

  #addAddress({ key, fold, flag }: AddressUse): void {
    const flags = this.#flags.get(key) ?? 0
    if (flags & flag) return this.#sharedFlags.add(key + flag)
    if (flags === 0) this.#filter.add(fold)
    if (flag === ADDRESS_THIS_NODE) this.#destinations.addOwn(key, fold)
    this.#setFlags(key, flags | flag)
  }

  #removeAddress({ key, fold, flag }: AddressUse): void {
    if (!this.#sharedFlags.remove(key + flag)) return
    const flags = this.#flags.get(key)! & ~flag
    if (flags === 0) this.#filter.remove(fold)
    if (flag === ADDRESS_THIS_NODE) this.#destinations.removeOwn(key, fold)
    this.#setFlags(key, flags)
  }

  #setFlags(key: string, flags: number): void {
    if (flags === 0) this.#flags.delete(key)
    else this.#flags.set(key, flags)
    this.#tracked.set('addresses', key, flags === 0 ? undefined : encodeAddress(key, decisive(flags)))
  }
}

/** A Service owns all of a cluster IP, so it does not matter that another one declares a few ports of it. */
function decisive(flags: number): number {
  return flags & ADDRESS_CLUSTER_IP ? flags & ~ADDRESS_EXTERNAL : flags
}

const EPOCH_KEY = encodeU32(0)

/** Two lists that share 64 bits of SHA-256 cannot both be served. */
function refuseCollision(id: bigint, a: Block['backends'], b: Block['backends']): void {
  const isEqual = a.length === b.length && a.every((x, i) => x.address === b[i]!.address && x.port === b[i]!.port)
  if (!isEqual) throw new Error(`two backend lists share the block id ${id.toString(16)}`)
}
