// SPDX-License-Identifier: Apache-2.0
import { randomUUID } from 'node:crypto'
import { closeSync, fstatSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EXIT } from '../base/exit.ts'
import { failure } from '../base/failure.ts'

/**
 * A file without a name: it goes away with its last user, also when we are killed. Children get its descriptor; what
 * they read is whole before they start, unlike a pipe whose writer may die in the middle of a line.
 */
export class ScratchFile {
  readonly fd: number

  constructor(content: string | Buffer = '') {
    this.fd = openNameless()
    // At explicit positions throughout: children share the descriptor's own position.
    const bytes = Buffer.from(content as string)
    for (let at = 0; at < bytes.length; ) at += writeSync(this.fd, bytes, at, bytes.length - at, at)
  }

  read(): Buffer {
    const bytes = Buffer.allocUnsafe(fstatSync(this.fd).size)
    for (let at = 0; at < bytes.length; ) at += readSync(this.fd, bytes, at, bytes.length - at, at)
    return bytes
  }

  close(): void {
    closeSync(this.fd)
  }
}

function openNameless(): number {
  const path = join(tmpdir(), `balancing-${randomUUID()}`)
  try {
    const fd = openSync(path, 'wx+', 0o600)
    unlinkSync(path)
    return fd
  } catch (error) {
    const message = `no temporary file can be made in ${tmpdir()}: ${(error as Error).message}`
    throw failure(EXIT.nodeNotReady, 'no-temporary-file', message, 'name a writable folder in $TMPDIR')
  }
}
