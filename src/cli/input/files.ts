import { readdirSync, readFileSync, readSync, realpathSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isatty } from 'node:tty'
import { EXIT } from '../../base/exit.ts'
import { failure } from '../../base/failure.ts'
import { writeDurably } from '../../node/history/durable.ts'
import { pause } from '../output/pause.ts'
import { progress } from '../output/streams.ts'
import { cannotRead, cannotWrite } from './io-failures.ts'

/** The bytes of a file, or of stdin for `-`; a file that cannot be read is invalid input. */
export function readInput(path: string): Buffer {
  // Whoever types it in knows what is going on.
  if (path !== '-' || !isatty(0)) progress(`reading ${nameOf(path)}`)
  try {
    return path === '-' ? readStdin() : readFileSync(path)
  } catch (error) {
    throw cannotRead(nameOf(path), error)
  }
}

/** All of stdin, also when it comes slowly: Node.js may have made its pipe one that does not wait. */
function readStdin(): Buffer {
  const chunks: Buffer[] = []
  for (;;) {
    const chunk = Buffer.allocUnsafe(CHUNK)
    const length = readSome(chunk)
    if (length === 0) return Buffer.concat(chunks)
    chunks.push(chunk.subarray(0, length))
  }
}

/** Bytes read from stdin, 0 at its end. */
function readSome(chunk: Buffer): number {
  for (;;) {
    try {
      return readSync(0, chunk)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
      pause(WAIT_MS)
    }
  }
}

/** What a pipe holds. */
const CHUNK = 65_536
const WAIT_MS = 5

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
 * Writes a file as a whole: readers see the old text or the new one, also after a crash. A link is followed; what is
 * no regular file (a device, a pipe) is written to, and never replaced.
 */
export function writeWhole(path: string, text: string): void {
  try {
    const existing = statSync(path, { throwIfNoEntry: false })
    if (existing && !existing.isFile()) writeFileSync(path, text)
    else writeDurably(existing ? realpathSync(path) : path, text)
  } catch (error) {
    throw cannotWrite(path, error)
  }
}
