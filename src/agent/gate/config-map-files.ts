// SPDX-License-Identifier: Apache-2.0
import { error, type Result } from '../../base/diagnostic.ts'
import { byText } from '../../base/sort.ts'
import { isMap, type Raw } from '../../cluster/reader.ts'
import { INDEX_FILE, isPartName } from '../../spec/directory/index-file.ts'
import { readDirectory } from '../../spec/directory/read.ts'
import type { Spec } from '../../spec/spec.ts'

/** A key of a ConfigMap, as a file of a directory. */
interface Held {
  /** `NAMESPACE/NAME` of the ConfigMap. */
  owner: string
  text: string
}

/**
 * The files of a directory that split writes, as keys of ConfigMaps: together they are the directory, however many ConfigMaps they are in.
 * Keys that cannot be a file of it do not count.
 */
export class ConfigMapFiles {
  /** Key → text, by `NAMESPACE/NAME` of the ConfigMap. */
  readonly #maps = new Map<string, ReadonlyMap<string, string>>()

  put(name: string, { data }: Raw): void {
    const entries = isMap(data) ? Object.entries(data) : []
    const files = entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string')
    this.#maps.set(name, new Map(files.filter(([key]) => key === INDEX_FILE || isPartName(key))))
  }

  remove(name: string): void {
    this.#maps.delete(name)
  }

  /** All of it or nothing, as of a directory. `where` says which ConfigMaps count. */
  read(where: string): Result<Spec> {
    const files = new Map<string, Held>()
    for (const [owner, texts] of [...this.#maps].sort(([a], [b]) => byText(a, b))) {
      for (const [key, text] of texts) {
        const other = files.get(key)
        if (other) return none('given-twice', `ConfigMap ${owner} has ${key}, and so has ${other.owner}`)
        files.set(key, { owner, text })
      }
    }
    const index = files.get(INDEX_FILE)
    if (!index) return none('no-index', `none of the ConfigMaps ${where} has the key ${INDEX_FILE}`)
    files.delete(INDEX_FILE)
    const bytes = new Map([...files].map(([key, { text }]) => [key, Buffer.from(text)]))
    const placeOf = (key: string, { owner }: Held) => `ConfigMap ${owner}, ${key}`
    const source = { file: placeOf(INDEX_FILE, index), text: index.text }
    const { value, diagnostics } = readDirectory(source, bytes, key => placeOf(key, files.get(key)!))
    return { value: value?.spec, diagnostics }
  }
}

function none(code: string, message: string): Result<Spec> {
  return { value: undefined, diagnostics: [error(code, message)] }
}
