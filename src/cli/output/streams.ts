// SPDX-License-Identifier: Apache-2.0

import type { Diagnostic } from '../../base/diagnostic.ts'
import { escapeButColours, escapeLine, escapeText } from '../../base/escape.ts'
import { EXIT } from '../../base/exit.ts'
import { failure } from '../../base/failure.ts'
import { formatJson } from '../../base/format-json.ts'
import { limitDiagnostics } from '../../base/limit-diagnostics.ts'
import { inOrder, printDiagnostics } from '../../base/print-diagnostic.ts'
import { cannotWrite, reasonOf } from '../io-failures.ts'
import { showProgress } from './progress.ts'
import { isTerminal, paintFor, STDERR, STDOUT } from './terminal.ts'
import { writeAll } from './write.ts'

/** What --log-format makes of stderr: lines of text, or one JSON object a line. */
export const LOG_FORMATS = ['text', 'json'] as const
type LogFormat = (typeof LOG_FORMATS)[number]

let logFormat: LogFormat = 'text'

export function setLogFormat(format: LogFormat): void {
  logFormat = format
}

/** Writes the answer of a command to stdout. Nothing else goes there. Where stdout fails the command does (exit 3). */
export function answer(text: string): void {
  writeAll(STDOUT, forStdout(text), error => cannotWrite('stdout', error))
}

/** Writes an answer of any length, piece by piece. */
export function answerInPieces(pieces: Iterable<string>): void {
  let some = ''
  for (const piece of pieces) {
    some += piece
    if (some.length < PIECE) continue
    answer(some)
    some = ''
  }
  if (some !== '') answer(some)
}

const PIECE = 64 * 1024

/** The answer of a command that has changed something by now. Where stdout fails, the work is done all the same (exit 8). */
export function answerDone(text: string): void {
  writeAll(STDOUT, forStdout(text), error =>
    failure(
      EXIT.answerNotWritten,
      'answer-not-written',
      `the work is done, but stdout cannot be written: ${reasonOf(error)}`,
      `the answer ended with: ${endOf(text)}`,
    ),
  )
}

/** The last line of an answer, or all of JSON on one line. */
function endOf(text: string): string {
  return text.startsWith('{') ? JSON.stringify(JSON.parse(text)) : text.trimEnd().split('\n').at(-1)!
}

/** Bytes as they are for files and pipes. On a terminal no text of an input may act. */
function forStdout(text: string): string {
  return isTerminal(STDOUT) ? escapeButColours(text) : text
}

/** Clears the terminal and writes an answer in the place of the one before. */
export function answerAnew(text: string): void {
  writeAll(STDOUT, CLEAR + forStdout(text), error => cannotWrite('stdout', error))
}

/** The cursor goes home, and everything below it is erased. */
const CLEAR = '\x1b[H\x1b[J'

/** Writes a line to stderr: what is not the answer. */
export function say(line: string): void {
  const shown = escapeLine(line)
  tell(logFormat === 'text' ? `${shown}\n` : remark(shown))
}

/** Writes lines to stderr. */
export function sayLines(text: string): void {
  for (const line of text.replace(/\n$/, '').split('\n')) say(line)
}

/** Writes an error of many lines to stderr, which is one record. */
export function sayError(text: string): void {
  tell(logFormat === 'text' ? `${escapeText(text)}\n` : record({ level: 'error', msg: escapeText(text) }))
}

/** Writes what happened, and its figures by name, to stderr: `warning: the maps …, entries=3`, or a record. */
export function sayRecord(level: string, message: string, fields: Readonly<Record<string, unknown>>): void {
  if (logFormat === 'json') return tell(record({ level, msg: escapeText(message), ...fields }))
  const figures = Object.entries(fields).map(([name, value]) => `, ${name}=${value}`)
  tell(`${escapeLine(`${level}: ${message}${figures.join('')}`)}\n`)
}

/** The first word of a line of text is the level of a record. */
function remark(line: string): string {
  const [, word, rest] = /^(note|warning): (.*)$/.exec(line) ?? []
  return record({ level: word === 'warning' ? 'warning' : 'info', msg: rest ?? line })
}

/** Writes diagnostics to stderr: to a reader the first ones of each code, and `rest` says where the others are. */
export function sayDiagnostics(diagnostics: readonly Diagnostic[], rest?: string): void {
  if (diagnostics.length === 0) return
  if (logFormat === 'json') tell(inOrder(diagnostics).map(recordOf).join(''))
  else tell(`${printDiagnostics(limitDiagnostics(inOrder(diagnostics), rest), paintFor(STDERR))}\n`)
}

function recordOf({ severity, code, message, hint, place }: Diagnostic): string {
  const { file, line, column } = place ?? {}
  return record({ level: severity, msg: message, code, hint, file, line, column })
}

function record(fields: object): string {
  return `${formatJson({ ts: new Date().toISOString(), ...fields }, true)}\n`
}

/** How much work a stage has. */
interface Amount {
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
  const text = escapeLine(amount ? `${stage}: ${amount.text}` : stage)
  if (logFormat === 'text' && isTerminal(STDERR)) showProgress(text, isLong)
  else if (isLong) say(text)
}

function tell(text: string): void {
  writeAll(STDERR, text, () => undefined)
}
