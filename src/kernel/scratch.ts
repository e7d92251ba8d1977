import { closeSync, fstatSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

let made = 0

/**
 * A file without a name: it goes away with its last user, also when we are killed. Children get its descriptor; what
 * they read is whole before they start, unlike a pipe whose writer may die in the middle of a line.
 */
export class ScratchFile {
  readonly fd: number

  constructor(content: string | Buffer = '') {
    const path = join(tmpdir(), `balancing-${process.pid}-${made++}`)
    this.fd = openSync(path, 'wx+', 0o600)
    unlinkSync(path)
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
