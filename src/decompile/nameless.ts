// SPDX-License-Identifier: Apache-2.0
import { decode, encode } from '../datapath/codec.ts'
import type { Image } from '../datapath/image.ts'

/** An image without the ids of service ports, which are made of their names, and the check values that cover them. */
export function nameless(image: Image): Image {
  const values = [...image.frontends].map(([key, value]) => {
    return [key, encode('frontend', { ...decode('frontend', value), service: 0n, check: 0n })] as const
  })
  return { ...image, frontends: new Map(values) }
}
