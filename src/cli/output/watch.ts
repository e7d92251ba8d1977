import { setTimeout } from 'node:timers/promises'
import { Failure } from '../../base/failure.ts'
import { answer, answerAnew, sayDiagnostics } from './streams.ts'
import { isTerminal, STDOUT } from './terminal.ts'
import { isHeard } from './write.ts'

/**
 * Answers with what `look` prints, again and again: on a terminal each time in the place of the last, cut to what it shows.
 * Ends when the command is interrupted or nobody reads any more. A look that fails ends it only when it is the first: an
 * apply that is at work may be in the way of a later one.
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
      // Ctrl-C ends the children too, so that the look fails.
      if (signal.aborted) return
      if (isFirst || !(error instanceof Failure)) throw error
      sayDiagnostics(error.diagnostics)
    }
    await setTimeout(seconds * 1000, undefined, { signal }).catch(() => {})
  }
}

/** The first lines: those that matter most. One is left for the cursor. */
function cut(text: string): string {
  const lines = text.split('\n')
  const room = (process.stdout.rows ?? Number.POSITIVE_INFINITY) - 1
  return lines.length - 1 <= room ? text : `${lines.slice(0, room).join('\n')}\n`
}
