// SPDX-License-Identifier: Apache-2.0
/**
 * Text of an input for terminals and for the logs of CI systems, which read lines as commands. A kind, a file name or a zone can have any
 * character, and a printer that writes it calls a function of this file; other media are in escape-markup.ts.
 */

/** Unicode's control and format characters, halves of surrogate pairs, and its line breaks: nothing of them shows, and each acts somewhere. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu

/** The same but tabs and line breaks. */
const INVISIBLE_IN_TEXT = /(?![\t\n])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu

/** `##[group]`, `##vso[task.setvariable]`, `##teamcity[…]`: a command anywhere in a line, for GitHub Actions, Azure Pipelines, TeamCity. */
const COMMAND = /##(?=\w*\[)/g

/** `::error::`, a command of GitHub Actions: at the start of a line, behind blanks. */
const COMMAND_AT_START = /^(\s*)::/
const COMMAND_AT_STARTS = /^([^\S\n]*)::/gm

/** The colours that `ansi` of paint.ts gives, and their end. */
const COLOUR = /(\x1b\[(?:0|1|2|32|1;31|1;33)m)/

/** A line that shows the text and does nothing: characters that act are `\u001b`, and a line break is `\u000a`. */
export function escapeLine(text: string): string {
  return text.replace(INVISIBLE, escapeCharacter).replace(COMMAND, '#\\u0023').replace(COMMAND_AT_START, '$1\\u003a:')
}

/** The same for text of many lines: tabs and line breaks stay. */
export function escapeText(text: string): string {
  return text
    .replace(INVISIBLE_IN_TEXT, escapeCharacter)
    .replace(COMMAND, '#\\u0023')
    .replace(COMMAND_AT_STARTS, '$1\\u003a:')
}

/** The same for text that has its colours by now. */
export function escapeButColours(text: string): string {
  return text
    .split(COLOUR)
    .map((part, i) =>
      i % 2 === 1 ? part : part.replace(INVISIBLE_IN_TEXT, escapeCharacter).replace(COMMAND, '#\\u0023'),
    )
    .join('')
}

/** A line of the same width, with a space for each character that acts. */
export function blankLine(text: string): string {
  return text.replace(INVISIBLE, c => ' '.repeat(c.length)).replace(COMMAND, '# ')
}

/** JSON of the same value whose strings do not act: in a log of JSON lines, a record is one line for every reader. */
export function escapeJson(json: string): string {
  return json.replace(INVISIBLE_IN_TEXT, escapeCharacter).replace(COMMAND, '#\\u0023')
}

function escapeCharacter(character: string): string {
  return [...Array(character.length).keys()].map(i => escapeUnit(character.charCodeAt(i))).join('')
}

function escapeUnit(unit: number): string {
  return `\\u${unit.toString(16).padStart(4, '0')}`
}
