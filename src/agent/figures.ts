// SPDX-License-Identifier: Apache-2.0
import { CONFIG_MAPS, type Image } from '../datapath/image.ts'
import type { NoLocal } from './no-local-endpoints.ts'

/** What a node is to do, in figures that cost nothing to have. */
export interface Figures {
  services: number
  noLocal: NoLocal
  /** Entries by map; undefined as long as the spec is not compiled. */
  entries: Readonly<Record<string, number>> | undefined
}

export function entriesOf(image: Image): Record<string, number> {
  return Object.fromEntries(CONFIG_MAPS.map(map => [map, image[map].size]))
}
