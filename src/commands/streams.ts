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

/** Descriptors whose reader has gone away (head): the command goes on, and ends with its own exit code. */
const deaf = new Set<number>()

/** Writes all of it, also to a slow pipe. */
function writeAll(fd: number, text: string): void {
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length && !deaf.has(fd); ) {
    try {
      at += writeSync(fd, bytes, at)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'EPIPE') deaf.add(fd)
      else if (code === 'EAGAIN') Atomics.wait(PAUSE, 0, 0, 1)
      else throw error
    }
  }
}

const PAUSE = new Int32Array(new SharedArrayBuffer(4))
