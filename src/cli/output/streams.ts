import { writeSync } from 'node:fs'
import type { Diagnostic } from '../../base/diagnostic.ts'
import { EXIT } from '../../base/exit.ts'
import { failure } from '../../base/failure.ts'
import { inOrder, printDiagnostics } from '../../base/print-diagnostic.ts'
import { cannotWrite, reasonOf } from '../input/io-failures.ts'
import { pause } from './pause.ts'
import { hideProgress, showProgress } from './progress.ts'
import { isTerminal, paintFor, STDERR, STDOUT, type Stream } from './terminal.ts'

/** What --log-format makes of stderr: lines of text, or one JSON object a line. */
export const LOG_FORMATS = ['text', 'json'] as const
type LogFormat = (typeof LOG_FORMATS)[number]

let logFormat: LogFormat = 'text'

export function setLogFormat(format: LogFormat): void {
  logFormat = format
}

/** Writes the answer of a command to stdout. Nothing else goes there. Where stdout fails the command does (exit 3). */
export function answer(text: string): void {
  writeAll(STDOUT, text, error => cannotWrite('stdout', error))
}

/** The answer of a command that has changed something by now: that stdout fails is no reason to say that nothing was done (exit 8). */
export function answerDone(text: string): void {
  writeAll(STDOUT, text, error =>
    failure(
      EXIT.answerNotWritten,
      'answer-not-written',
      `the work is done, but stdout cannot be written: ${reasonOf(error)}`,
      `the answer was: ${text.trimEnd()}`,
    ),
  )
}

/** Writes to stderr what is not the answer. */
export function say(text: string, level: 'info' | 'error' = 'info'): void {
  const msg = text.replace(/\n$/, '')
  if (logFormat === 'text') return tell(`${msg}\n`)
  tell(level === 'error' ? record({ level, msg }) : msg.split('\n').map(remark).join(''))
}

/** The first word of a line of text is the level of a record. */
function remark(line: string): string {
  const [, word, rest] = /^(note|warning): (.*)$/.exec(line) ?? []
  return record({ level: word === 'warning' ? 'warning' : 'info', msg: rest ?? line })
}

export function sayDiagnostics(diagnostics: readonly Diagnostic[]): void {
  if (diagnostics.length === 0) return
  if (logFormat === 'json') tell(inOrder(diagnostics).map(recordOf).join(''))
  else tell(`${printDiagnostics(diagnostics, paintFor(STDERR))}\n`)
}

function recordOf({ severity, code, message, hint, place }: Diagnostic): string {
  const { file, line, column } = place ?? {}
  return record({ level: severity, msg: message, code, hint, file, line, column })
}

function record(fields: object): string {
  return `${JSON.stringify({ ts: new Date().toISOString(), ...fields })}\n`
}

/** How much work a stage has. */
export interface Amount {
  /** `52 MB`, `21,125 map writes` */
  text: string
  /** Whether so much is known to take longer than a few seconds. */
  isLong: boolean
}

/**
 * Tells a reader who waits what the command does now: `reading spec.yaml`. On a terminal it is one line, which goes away; elsewhere
 * long work gets a line of its own, with its amount, and other work gets none.
 */
export function progress(stage: string, amount?: Amount): void {
  const isLong = amount?.isLong === true
  const text = amount ? `${stage}: ${amount.text}` : stage
  if (logFormat === 'text' && isTerminal(STDERR)) showProgress(text, isLong)
  else if (isLong) say(text)
}

/** Whether writing to a stream still has a reader, as far as is known. */
export function isHeard(stream: Stream): boolean {
  return !deaf.has(stream)
}

/** Streams whose reader went away (head), and a stderr that cannot be written: the command goes on, and keeps its exit code. */
const deaf = new Set<Stream>()

function tell(text: string): void {
  writeAll(STDERR, text, () => undefined)
}

/** Writes all of a text, also to a slow pipe. `failed` makes the failure of an error, or none where the stream can be left alone. */
function writeAll(stream: Stream, text: string, failed: (error: unknown) => Error | undefined): void {
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
