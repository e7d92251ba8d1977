import { escapeControls } from './escape.ts'

/**
 * Text of an input in other media than a terminal: one function for each. A name, a zone or a label can have any character, and a
 * printer that writes it calls the function of its medium.
 */

const MARKDOWN = /[\\`*_[\]<>&|~#@]/g

/** One line of Markdown (GitHub's) that shows the text: no emphasis, link, HTML or mention begins in it. */
export function escapeMarkdown(text: string): string {
  return inOneLine(text).replace(MARKDOWN, character => ENTITIES[character] ?? `\\${character}`)
}

/** A code span that shows the text. */
export function markdownCode(text: string): string {
  const line = inOneLine(text)
  const fence = '`'.repeat(longestRun(line) + 1)
  const pad = line.startsWith('`') || line.endsWith('`') || (line.startsWith(' ') && line.endsWith(' ')) ? ' ' : ''
  return `${fence}${pad}${line}${pad}${fence}`
}

/** A fence of a code block that no line of the text ends. */
export function markdownFence(text: string): string {
  return '`'.repeat(Math.max(3, longestRun(text) + 1))
}

function inOneLine(text: string): string {
  return escapeControls(text).replaceAll('\n', ' ')
}

function longestRun(text: string): number {
  return Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length))
}

/** The message of a workflow command of GitHub Actions. */
export function escapeGithub(text: string): string {
  return escapeControls(text).replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
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
  '@': '&#64;',
}

/** Text or an attribute value of XML 1.0, which cannot contain most control characters. */
export function escapeXml(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
    .replace(/[&<>"]/g, character => ENTITIES[character]!)
}
