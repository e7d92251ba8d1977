// SPDX-License-Identifier: Apache-2.0
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { makeDirectory } from '../../host/make-directory.ts'
import { INDEX_FILE, parseIndex } from '../../spec/directory/index-file.ts'
import { writeWhole } from '../input/files.ts'
import { requireValue } from '../input/spec-file.ts'
import { cannotWrite } from '../io-failures.ts'

/** The names of the files that were written because they were missing or other, and of those that were removed. */
interface Written {
  written: string[]
  removed: string[]
}

/**
 * Makes a directory hold the files of a spec; the index is the last of them. Removes the files that its present index names
 * and the new one does not, and no other. Until the index is written a reader finds files that are not those of the index,
 * and refuses the directory. An index.yaml that is not one of balancing, and what cannot be written, are exit 3.
 */
export function writeSpecDirectory(directory: string, files: ReadonlyMap<string, string>): Written {
  const before = indexedFiles(directory)
  try {
    makeDirectory(directory, 0o777)
    const changed = [...files].filter(([name, text]) => isOther(join(directory, name), text))
    for (const [name, text] of changed) writeWhole(join(directory, name), text)
    const removed = before.filter(name => !files.has(name) && existsSync(join(directory, name)))
    for (const name of removed) rmSync(join(directory, name))
    return { written: changed.map(([name]) => name), removed }
  } catch (error) {
    throw (error as { code?: string }).code === undefined ? error : cannotWrite(directory, error)
  }
}

function indexedFiles(directory: string): string[] {
  const file = join(directory, INDEX_FILE)
  if (!existsSync(file)) return []
  return [...requireValue(parseIndex({ file, text: readFileSync(file, 'utf8') })).files.keys()]
}

function isOther(path: string, text: string): boolean {
  try {
    return readFileSync(path, 'utf8') !== text
  } catch {
    return true
  }
}
