// SPDX-License-Identifier: Apache-2.0
import { randomUUID } from 'node:crypto'
import {
  closeSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname } from 'node:path'

/**
 * Replaces a file as a whole: readers see the old text or the new one, also after a crash of the machine. The new file has the
 * owner and the mode of the old one; `mode` is for a file that is not there yet. What cannot keep its owner stays as it is.
 * The text is written beside the file under a random name that must be new, so no link is followed and no file of another user
 * is written to. Extended attributes are not kept. `path` is no link. Throws what the file system says.
 */
export function replaceFile(path: string, text: string, mode = 0o666): void {
  const old = statSync(path, { throwIfNoEntry: false })
  const temporary = `${path}.${randomUUID()}.tmp`
  // wx is O_CREAT | O_EXCL.
  const fd = openSync(temporary, 'wx', old ? 0o600 : mode)
  try {
    try {
      writeFileSync(fd, text)
      if (old) keepOwnerAndMode(fd, old)
      fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
    renameSync(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
  syncFolder(dirname(path))
}

/** The owner first: a change of the owner clears bits of the mode. */
function keepOwnerAndMode(fd: number, { uid, gid, mode }: Stats): void {
  const made = fstatSync(fd)
  if (made.uid !== uid || made.gid !== gid) giveTo(fd, uid, gid)
  fchmodSync(fd, mode & 0o7777)
}

function giveTo(fd: number, uid: number, gid: number): void {
  try {
    fchownSync(fd, uid, gid)
  } catch {
    throw new Error(`this user cannot keep its owner (uid ${uid}, gid ${gid})`)
  }
}

function syncFolder(path: string): void {
  const folder = openSync(path, 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}
