import { writeSync } from 'node:fs'
import type { Diagnostic } from '../base/diagnostic.ts'
import { printDiagnostics } from '../base/print-diagnostic.ts'

/** The answer of a command: stdout, and nothing else goes there. */
export function answer(text: string): void {
  writeAll(1, text)
}

/** Everything that is not the answer. */
export function say(text: string): void {
  writeAll(2, text.endsWith('\n') ? text : `${text}\n`)
}

export function sayDiagnostics(diagnostics: readonly Diagnostic[]): void {
  if (diagnostics.length > 0) say(printDiagnostics(diagnostics))
}

/** Writes all of it, also to a slow pipe; a reader that has gone away (head) ends the command quietly. */
function writeAll(fd: number, text: string): void {
  const bytes = Buffer.from(text)
  let at = 0
  while (at < bytes.length) {
    try {
      at += writeSync(fd, bytes, at)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'EPIPE') process.exit()
      if (code !== 'EAGAIN') throw error
      Atomics.wait(PAUSE, 0, 0, 1)
    }
  }
}

const PAUSE = new Int32Array(new SharedArrayBuffer(4))
