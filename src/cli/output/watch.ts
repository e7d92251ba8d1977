// SPDX-License-Identifier: Apache-2.0
import { setTimeout } from 'node:timers/promises'
import { Failure } from '../../base/failure.ts'
import { answer, answerAnew, sayDiagnostics } from './streams.ts'
import { isTerminal, STDOUT } from './terminal.ts'
import { isHeard } from './write.ts'

/**
 * Prints what `look` returns every `seconds`. On a terminal each screen replaces the last one and is cut to its height.
 * Ends when the command is interrupted or its reader goes away. When the first `look` fails, the failure is thrown; later
 * failures are printed, because an apply may be running.
 */
export async function watch(look: () => Promise<string>, seconds: number): Promise<void> {
  const interrupted = new AbortController()
  process.once('SIGINT', () => interrupted.abort())
  const { signal } = interrupted
  for (let isFirst = true; !signal.aborted && isHeard(STDOUT); isFirst = false) {
    try {
      const text = await look()
      if (signal.aborted) return
      if (isTerminal(STDOUT)) answerAnew(cut(text))
      else answer(text)
    } catch (error) {
      // Ctrl-C ends the child processes too, so that `look` fails.
      if (signal.aborted) return
      if (isFirst || !(error instanceof Failure)) throw error
      sayDiagnostics(error.diagnostics)
    }
    await setTimeout(seconds * 1000, undefined, { signal }).catch(() => {})
  }
}

/** The first lines, as many as the terminal shows. One is left for the cursor. */
function cut(text: string): string {
  const lines = text.split('\n')
  const room = (process.stdout.rows ?? Number.POSITIVE_INFINITY) - 1
  return lines.length - 1 <= room ? text : `${lines.slice(0, room).join('\n')}\n`
}
