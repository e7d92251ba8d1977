import { EXIT } from '../base/exit.ts'
import { failure } from '../base/failure.ts'
import {
  CONFIG_MAPS,
  type ConfigMap,
  type Entries,
  emptyImage,
  type Image,
  isArray,
  withoutZeroes,
} from '../datapath/image.ts'
import { maps } from '../datapath/layout.gen.ts'
import type { Bpftool } from './bpftool.ts'
import { parseDump, splitAnswers } from './dump.ts'
import type { LiveMaps } from './show.ts'

/** Two processes at once: the frontends are most of what there is. */
const GROUPS: readonly (readonly ConfigMap[])[] = [['frontends'], CONFIG_MAPS.filter(name => name !== 'frontends')]

/**
 * Reads all config maps of a generation. The dumps run while the caller works; call the result to wait and parse.
 */
export function startReading(bpftool: Bpftool, live: LiveMaps): () => Promise<Image> {
  const dumps = bpftool.dump(GROUPS.map(names => names.map(name => live[name].id)))
  dumps.catch(() => {})
  return async () => {
    const image = emptyImage()
    for (const [i, text] of (await dumps).entries()) {
      const answers = splitAnswers(text)
      for (const [j, name] of GROUPS[i]!.entries()) image[name] = readMap(name, answers[j])
    }
    return image
  }
}

function readMap(name: ConfigMap, text: Buffer | undefined): Entries {
  const { keySize, valueSize } = maps[name]
  const entries = text && parseDump(text, keySize, valueSize)
  if (entries) return isArray(name) ? withoutZeroes(entries) : entries
  throw failure(
    EXIT.nodeNotReady,
    'unreadable-map',
    `the map ${name} cannot be read: ${text?.subarray(0, 200) ?? 'no answer'}`,
  )
}
