// SPDX-License-Identifier: Apache-2.0
const PLAIN = /^[A-Za-z0-9._-]*$/
const OTHERS = /[^A-Za-z0-9._-]+/g
const ENCODED = /^(?:[A-Za-z0-9._-]|%[0-9A-Fa-f]{2})*$/

/**
 * Text of an API object as a word of a line: letters, digits, dots, dashes and underscores as they are, the UTF-8 bytes of all else as in a URL
 * (RFC 3986, section 2.1): `eu west` is `eu%20west`. The API restricts no zone of an endpoint, and a space, a comma or `=` would end the word.
 * `text` is well-formed.
 */
export function encodeText(text: string): string {
  return PLAIN.test(text) ? text : text.replace(OTHERS, others => [...Buffer.from(others)].map(encodeByte).join(''))
}

/** The inverse of encodeText; undefined for a word that it does not make of any text. */
export function decodeText(word: string): string | undefined {
  if (PLAIN.test(word)) return word
  if (!ENCODED.test(word)) return undefined
  try {
    return decodeURIComponent(word)
  } catch {
    return undefined
  }
}

/** What to write instead of a word that decodeText does not take. */
export function textHint(word: string): string {
  return `write "${encodeText(word)}": all but letters, digits, ".", "-" and "_" is written as in a URL`
}

function encodeByte(byte: number): string {
  return `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
}
