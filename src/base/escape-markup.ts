// SPDX-License-Identifier: Apache-2.0
import { escapeLine, escapeText } from './escape.ts'

/**
 * Text of an input in other media than a terminal: one function for each. A name, a zone or a label can have any character, and a
 * printer that writes it calls the function of its medium.
 */

/** What begins markup; and `www.`, `http://`, `@name`, `#1`, `GH-1`, of which GitHub makes links after it has read the Markdown. */
const MARKDOWN = /www(?=\.)|:(?=\/\/)|GH-(?=\d)|[\\`*_[\]<>&|~#@!]/gi

/** A space of no width, as an entity: no backslash helps against the links, but with it there is no link to find. */
const BREAK = '&#8203;'

/** One line of Markdown (GitHub's) that shows the text: no emphasis, link, image, HTML or mention begins in it. */
export function escapeMarkdown(text: string): string {
  return escapeLine(text).replace(MARKDOWN, piece => {
    if (piece.length > 1 || piece === ':' || piece === '@') return piece + BREAK
    return piece === '#' ? `\\#${BREAK}` : (ENTITIES[piece] ?? `\\${piece}`)
  })
}

/** A code span that shows the text. */
export function markdownCode(text: string): string {
  const line = escapeLine(text)
  const fence = '`'.repeat(longestRun(line) + 1)
  const isPadded =
    line === '' || line.startsWith('`') || line.endsWith('`') || (line.startsWith(' ') && line.endsWith(' '))
  const pad = isPadded ? ' ' : ''
  return `${fence}${pad}${line}${pad}${fence}`
}

/** A fence of a code block that no line of the text ends. */
export function markdownFence(text: string): string {
  return '`'.repeat(Math.max(3, longestRun(text) + 1))
}

function longestRun(text: string): number {
  return Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length))
}

/** A line of the message of a workflow command of GitHub Actions; `%0A` is between lines. */
export function escapeGithub(text: string): string {
  return escapeLine(text).replaceAll('%', '%25')
}

/** The value of a property of such a command, where `:` and `,` have a meaning too. */
export function escapeGithubProperty(text: string): string {
  return escapeGithub(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
}

/** Text or an attribute value of XML 1.0, which cannot contain control characters and U+FFFE, not even as entities. */
export function escapeXml(text: string): string {
  return escapeText(text)
    .replace(/[\uFFFE\uFFFF]/g, '\uFFFD')
    .replace(/[&<>"]/g, character => ENTITIES[character]!)
}
