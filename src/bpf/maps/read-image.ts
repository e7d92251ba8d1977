// SPDX-License-Identifier: Apache-2.0
import { EXIT } from '../../base/exit.ts'
import { failure } from '../../base/failure.ts'
import {
  CONFIG_MAPS,
  type ConfigMap,
  type Entries,
  emptyImage,
  type Image,
  isArray,
  withoutZeroes,
} from '../../datapath/image.ts'
import { maps } from '../../datapath/layout.gen.ts'
import type { Bpf } from '../bpftool/bpf.ts'
import type { LiveMaps } from './live.ts'

/** Two processes at once: the frontends are most of what there is. */
const GROUPS: readonly (readonly ConfigMap[])[] = [['frontends'], CONFIG_MAPS.filter(name => name !== 'frontends')]

/**
 * Reads all config maps of a generation. The dumps run while the caller works; call the result to wait and parse.
 */
export function startReading(bpf: Bpf, live: LiveMaps): () => Promise<Image> {
  const dumps = Promise.all(GROUPS.map(names => bpf.dump(names.map(name => ({ ref: live[name].ref, ...maps[name] })))))
  dumps.catch(() => {})
  return async () => {
    const image = emptyImage()
    for (const [i, entries] of (await dumps).entries())
      for (const [j, name] of GROUPS[i]!.entries()) image[name] = readMap(name, entries[j])
    return image
  }
}

function readMap(name: ConfigMap, entries: Entries | undefined): Entries {
  if (entries) return isArray(name) ? withoutZeroes(entries) : entries
  const message = `the map ${name} cannot be read: bpftool gave no whole answer`
  throw failure(EXIT.nodeNotReady, 'unreadable-map', message, 'bpftool map dump says why')
}
