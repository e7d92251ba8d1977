// SPDX-License-Identifier: Apache-2.0
import { type Address, type Family, familyOf, foldAddress } from '../../src/base/address.ts'
import { PROTOCOL_NUMBERS, type Protocol } from '../../src/base/protocol.ts'
import { FilterSum } from '../../src/compile/filter-sum.ts'
import { type Backend, packSlots, slotsOf } from '../../src/datapath/backend.ts'
import { encodeAddress, encodeFrontend } from '../../src/datapath/check.ts'
import { encode } from '../../src/datapath/codec.ts'
import { foldLoopback } from '../../src/datapath/filter.ts'
import { blockId } from '../../src/datapath/identity.ts'
import { emptyImage, type Image } from '../../src/datapath/image.ts'
import { addressKey, addressOfKey, frontendKey, UNSPECIFIED } from '../../src/datapath/keys.ts'
import { enums } from '../../src/datapath/layout.gen.ts'

const { FRONTEND_LOOPBACK } = enums.frontend_flags

/** `p23:8080` and the like, as echo.c names itself, to the backend; `6` for its IPv6 address. */
export function podBackend(family: Family, identity: string): Backend {
  const [, node, pod, port] = /^p(\d)(\d):(\d+)$/.exec(identity)!
  const address = family === 4 ? `10.244.${node}.1${pod}` : `fd00:244:${node}::1${pod}`
  return { address, port: Number(port) }
}

export interface HandMadeFrontend {
  /** 'nodePort' is the unspecified address of `family`. */
  address: Address | 'nodePort'
  family?: Family
  port: number
  protocol: Protocol
  /** Identities of pods, in the order of their slots. */
  backends: string[]
  flags?: number
}

/** Puts a frontend and the pages of its block into an image. It stands apart from `compile` on purpose. */
export function addFrontend(image: Image, frontend: HandMadeFrontend): void {
  const family = frontend.family ?? familyOf(frontend.address)
  const address = frontend.address === 'nodePort' ? UNSPECIFIED[family] : frontend.address
  const number = PROTOCOL_NUMBERS[frontend.protocol]
  const backends = frontend.backends.map(identity => podBackend(family, identity))
  const block = blockId(backends)
  const size = slotsOf(family)
  const paged = backends.length > size
  const key = frontendKey(address, frontend.port, number)
  const value = encodeFrontend(key, {
    internal_block: block,
    external_block: 0n,
    source_ranges: 0n,
    service: 1n,
    internal_count: backends.length,
    external_count: 0,
    affinity_seconds: 0,
    flags: frontend.flags ?? 0,
    slots: { bytes: packSlots(family, block, paged ? [] : backends) },
  })
  image.frontends.set(key, value)
  for (let page = 0; paged && page * size < backends.length; page++) {
    const slots = { bytes: packSlots(family, block, backends.slice(page * size, (page + 1) * size)) }
    image.pages.set(encode('page_key', { block, page }), encode('page', { slots }))
  }
}

export function addAddress(image: Image, address: Address, flags: number): void {
  const key = addressKey(address)
  image.addresses.set(key, encodeAddress(key, flags))
}

/** An image of frontends and addresses; the filter has all addresses but those of `unfiltered`. */
export function handMade(
  frontends: readonly HandMadeFrontend[],
  addresses: readonly (readonly [Address, number])[],
  unfiltered: readonly Address[] = [],
): Image {
  const image = emptyImage()
  for (const frontend of frontends) addFrontend(image, frontend)
  for (const [address, flags] of addresses) addAddress(image, address, flags)
  const dialled = frontends.map(f => f.address).filter(a => a !== 'nodePort')
  const known = [...image.addresses.keys()].map(addressOfKey)
  const onLoopback = frontends.filter(f => (f.flags ?? 0) & FRONTEND_LOOPBACK)
  const filter = new FilterSum()
  for (const address of [...known, ...dialled]) if (!unfiltered.includes(address)) filter.add(foldAddress(address))
  for (const { family, port } of onLoopback) filter.add(foldLoopback(family!, port))
  for (const [key, value] of filter.takeChanged()) if (value !== undefined) image.address_filter.set(key, value)
  return image
}
