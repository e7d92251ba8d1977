// SPDX-License-Identifier: Apache-2.0
import { writeSync } from 'node:fs'
import { pause } from './pause.ts'
import { hideProgress } from './progress.ts'
import type { Stream } from './terminal.ts'

/** Whether writing to a stream still has a reader, as far as is known. */
export function isHeard(stream: Stream): boolean {
  return !deaf.has(stream)
}

/** Streams whose reader went away (head), and a stderr that cannot be written: the command goes on, and keeps its exit code. */
const deaf = new Set<Stream>()

/** Writes all of a text, also to a slow pipe. `failed` makes the failure of an error, or none where the stream can be left alone. */
export function writeAll(stream: Stream, text: string, failed: (error: unknown) => Error | undefined): void {
  hideProgress()
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length && !deaf.has(stream); ) {
    try {
      at += writeSync(stream, bytes, at)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'EAGAIN') pause(1)
      else {
        const failure = code === 'EPIPE' ? undefined : failed(error)
        if (failure) throw failure
        deaf.add(stream)
      }
    }
  }
}
