import { writeSync } from 'node:fs'
import { isatty } from 'node:tty'
import type { Diagnostic } from '../../base/diagnostic.ts'
import { ansi, type Paint, plain } from '../../base/paint.ts'
import { inOrder, printDiagnostics } from '../../base/print-diagnostic.ts'
import { cannotWrite } from '../input/io-failures.ts'
import { pause } from './pause.ts'
import { showProgress, withoutProgress } from './progress.ts'

type Stream = typeof STDOUT | typeof STDERR

export const STDOUT = 1
export const STDERR = 2

/** What --log-format asks of stderr: lines for people, or one JSON object a line. */
export const LOG_FORMATS = ['text', 'json'] as const
type LogFormat = (typeof LOG_FORMATS)[number]

let logFormat: LogFormat = 'text'

export function setLogFormat(format: LogFormat): void {
  logFormat = format
}

/** The answer of a command: stdout, and nothing else goes there. */
export function answer(text: string): void {
  writeAll(STDOUT, text)
}

/** Everything that is not the answer. */
export function say(text: string, level: 'info' | 'error' = 'info'): void {
  const msg = text.replace(/\n$/, '')
  if (logFormat === 'text') return writeAll(STDERR, `${msg}\n`)
  writeAll(STDERR, level === 'error' ? record({ level, msg }) : msg.split('\n').map(remark).join(''))
}

/** A line for people says by its first word what a record says by its level. */
function remark(line: string): string {
  const [, word, rest] = /^(note|warning): (.*)$/.exec(line) ?? []
  return record({ level: word === 'warning' ? 'warning' : 'info', msg: rest ?? line })
}

export function sayDiagnostics(diagnostics: readonly Diagnostic[]): void {
  if (diagnostics.length === 0) return
  const isJson = logFormat === 'json'
  writeAll(
    STDERR,
    isJson ? inOrder(diagnostics).map(recordOf).join('') : `${printDiagnostics(diagnostics, paintFor(STDERR))}\n`,
  )
}

function recordOf({ severity, code, message, hint, place }: Diagnostic): string {
  const { file, line, column } = place ?? {}
  return record({ level: severity, msg: message, code, hint, file, line, column })
}

function record(fields: object): string {
  return `${JSON.stringify({ ts: new Date().toISOString(), ...fields })}\n`
}

/** What is being done, for somebody who waits for longer than a second at a terminal. */
export function progress(text: string): void {
  if (logFormat === 'text' && isTerminal(STDERR)) showProgress(text)
}

/** Colours for a stream, or none. */
export function paintFor(stream: Stream): Paint {
  return hasColours(stream) ? ansi : plain
}

/**
 * $FORCE_COLOR, set to anything but 0, means yes; $NO_COLOR, set to anything, means no (no-color.org; Node.js has this order
 * too); else a terminal that is not dumb has them.
 */
export function hasColours(stream: Stream): boolean {
  const { NO_COLOR, FORCE_COLOR } = process.env
  if (FORCE_COLOR) return FORCE_COLOR !== '0'
  return !NO_COLOR && isTerminal(stream)
}

/** Whether somebody looks at this stream, on a terminal that can do more than print. */
export function isTerminal(stream: Stream): boolean {
  return isatty(stream) && process.env.TERM !== 'dumb'
}

/** Does anybody read what is written there, as far as is known? */
export function isHeard(stream: Stream): boolean {
  return !deaf.has(stream)
}

/** Descriptors whose reader has gone away (head), or stderr on a full disk: the command goes on, and ends with its own exit code. */
const deaf = new Set<number>()

/** Writes all of it, also to a slow pipe. */
function writeAll(fd: Stream, text: string): void {
  const bytes = Buffer.from(text)
  withoutProgress(() => {
    for (let at = 0; at < bytes.length && !deaf.has(fd); ) {
      try {
        at += writeSync(fd, bytes, at)
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException
        if (code === 'EAGAIN') pause(1)
        else if (code === 'EPIPE' || fd === STDERR) deaf.add(fd)
        else throw cannotWrite('stdout', error)
      }
    }
  })
}
