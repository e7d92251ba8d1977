/** C0 but tabs and line breaks, C1, and the marks that change the direction of a line. */
const CONTROLS = /[\0-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

/** A colour or its end (SGR of ECMA-48), as `ansi` of paint.ts makes them. */
const COLOUR = /(\x1b\[[\d;]*m)/

/** Text with its control characters as `\u001b`: what an input says must not act on a terminal. */
export function escapeControls(text: string): string {
  return text.replace(CONTROLS, c => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** The same for text that has its colours by now. */
export function escapeButColours(text: string): string {
  return text
    .split(COLOUR)
    .map((part, i) => (i % 2 === 1 ? part : escapeControls(part)))
    .join('')
}

/** Text of the same width, with a space for each control character. */
export function blankControls(text: string): string {
  return text.replaceAll('\t', ' ').replace(CONTROLS, ' ')
}
