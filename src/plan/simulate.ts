// SPDX-License-Identifier: Apache-2.0
import { type Image, isArray, zeroValue } from '../datapath/image.ts'
import type { Step } from './plan.ts'

/** What the maps hold after these steps, as the kernel would: a new image, `image` untouched. */
export function simulate(image: Image, steps: readonly Step[]): Image {
  const result = Object.fromEntries(Object.entries(image).map(([map, entries]) => [map, new Map(entries)])) as Image
  for (const { map, op, key, value } of steps) {
    if (op === 'delete' || (isArray(map) && value === zeroValue(map))) result[map].delete(key)
    else result[map].set(key, value!)
  }
  return result
}
