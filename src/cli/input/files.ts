// SPDX-License-Identifier: Apache-2.0
import { lstatSync, readdirSync, readFileSync, realpathSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { isatty } from 'node:tty'
import { EXIT } from '../../base/exit.ts'
import { Failure, failure } from '../../base/failure.ts'
import { replaceFile } from '../../host/replace-file.ts'
import { cannotRead, cannotWrite } from '../io-failures.ts'
import { progress } from '../output/streams.ts'

/** The bytes of a file, or of stdin for `-`. A file that cannot be read is invalid input (exit 3). */
export async function readInput(path: string): Promise<Buffer> {
  try {
    if (path !== '-') return readWhole(path)
    // A reader who types the input knows what the command waits for.
    if (!isatty(0)) progress('reading <stdin>')
    return await buffer(process.stdin)
  } catch (error) {
    throw cannotRead(nameOf(path), error)
  }
}

function readWhole(path: string): Buffer {
  const { size } = statSync(path)
  progress(`reading ${path}`, size > LONG_BYTES ? { text: `${Math.round(size / 1e6)} MB`, isLong: true } : undefined)
  return readFileSync(path)
}

/** A spec of this size is parsed in several seconds. */
const LONG_BYTES = 20e6

/** What messages call an input. */
export function nameOf(path: string): string {
  return path === '-' ? '<stdin>' : path
}

/** A file as it is; a directory as all its .yaml, .yml and .json files, also deeper ones, in a fixed order. */
export function expandPath(path: string): string[] {
  if (path === '-') return [path]
  try {
    if (!statSync(path).isDirectory()) return [path]
    const files = readdirSync(path, { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile() && /\.(ya?ml|json)$/.test(entry.name))
      .map(entry => join(entry.parentPath, entry.name))
      .sort()
    if (files.length > 0) return files
  } catch (error) {
    throw cannotRead(nameOf(path), error)
  }
  throw failure(EXIT.invalidInput, 'no-files', `the directory ${path} holds no .yaml, .yml or .json file`)
}

/**
 * Writes a file as a whole: readers see the old text or the new one, also after a crash. Its mode and owner stay. A link of this
 * user is followed; what is no regular file (a device, a pipe) is written to, and never replaced.
 */
export function writeWhole(path: string, text: string): void {
  try {
    requireOwnLink(path)
    const existing = statSync(path, { throwIfNoEntry: false })
    if (existing && !existing.isFile()) writeFileSync(path, text)
    else replaceFile(existing ? realpathSync(path) : path, text)
  } catch (error) {
    throw error instanceof Failure ? error : cannotWrite(path, error)
  }
}

/** In a directory that others may write to, a link of another user may lead anywhere. */
function requireOwnLink(path: string): void {
  const found = lstatSync(path, { throwIfNoEntry: false })
  if (!found?.isSymbolicLink() || found.uid === process.geteuid?.() || found.uid === 0) return
  const message = `${path} cannot be written: it is a link of another user (uid ${found.uid})`
  throw failure(EXIT.invalidInput, 'cannot-write', message, 'name the file that it leads to, or remove the link')
}
