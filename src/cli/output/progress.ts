// SPDX-License-Identifier: Apache-2.0
import { writeSync } from 'node:fs'
import type { Ora } from 'ora'
import { hasColours, isTerminal, STDERR } from './terminal.ts'

/** Work that takes less is not mentioned. */
const QUIET_MS = 1000
const ERASE = '\r\x1b[K'

/**
 * One line on stderr's terminal that says what the command is doing, from its first second on. Where the event loop is free, ora
 * draws the line with the seconds that have passed; where it is not, the line stands still. A package of this size is
 * loaded only then: it would take as long as the whole of `--help`.
 */
interface Line {
  text: string
  /** Whether the line stands on the terminal, drawn without a spinner. */
  isDrawn: boolean
  spinner?: Ora
}

let line: Line | undefined

/** Shows what the command does from now on. Work that is known to be long is shown at once. */
export function showProgress(text: string, isLong: boolean): void {
  if (!isTerminal(STDERR)) return
  if (!line) {
    line = { text, isDrawn: false }
    setTimeout(spin, Math.max(0, QUIET_MS - performance.now()), line).unref()
  }
  line.text = text
  if (line.spinner) {
    line.spinner.text = text
    line.spinner.render()
  } else if (line.isDrawn || isLong || performance.now() >= QUIET_MS) {
    drawStill(line)
  }
}

async function spin(own: Line): Promise<void> {
  if (line !== own) return
  // ora never returns on a terminal that has no size.
  if (!process.stderr.columns) return drawStill(own)
  const { default: ora } = await import('ora')
  if (line !== own) return
  hideProgress()
  own.spinner = ora({
    text: own.text,
    suffixText: () => `… ${Math.floor(performance.now() / 1000)} s`,
    color: hasColours(STDERR) ? 'cyan' : false,
    isEnabled: true,
    // A hidden cursor needs signal handlers, and a handler makes Ctrl-C wait for the event loop.
    hideCursor: false,
    discardStdin: false,
  }).start()
}

/** Takes the line away, so that something else can be written. A spinner draws it again by itself. */
export function hideProgress(): void {
  if (line?.spinner) line.spinner.clear()
  else if (line?.isDrawn) draw(ERASE)
  if (line) line.isDrawn = false
}

/** Takes the line away for good. */
export function endProgress(): void {
  hideProgress()
  line?.spinner?.stop()
  line = undefined
}

function drawStill(own: Line): void {
  draw(`${ERASE}${own.text} …`)
  own.isDrawn = true
}

/** A terminal that has gone away is no reason to stop the work. */
function draw(text: string): void {
  try {
    writeSync(STDERR, text)
  } catch {}
}
