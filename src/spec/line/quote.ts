// SPDX-License-Identifier: Apache-2.0
const ASCII = /^[ -~]*$/
const PLAIN = /^[A-Za-z0-9][A-Za-z0-9 ._/:,=%-]*$/
/** Most of a spec, in one look: an IPv4 address and a node's name, or a Service's. */
const USUAL = /^(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?: [a-z][a-z0-9.-]*)?|[a-z][a-z0-9-]*\/[a-z0-9.-]+)$/
/** A colon that ends a key for some reader, or a blank that all readers drop. */
const STRUCTURE = /:(?:[ ,]|$)| $/
/** YAML 1.1 and 1.2: integers, floats, base 60, with underscores. */
const NUMBER = /^[0-9][0-9_:]*(?:\.[0-9_]*)?(?:[eE][-+]?[0-9]+)?$|^0[xob][0-9a-fA-F_]+$/
const DATE = /^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt ].*)?$/
/** Words with another meaning; `e5` is a number for some readers of 1.1. */
const WORD = /^(?:null|true|false|yes|no|on|off|y|n|e[-+]?[0-9]+)$/i

/**
 * Whether readers of YAML 1.1 and 1.2 all take this text, without quotes, for the same string. `inFlow`: between brackets
 * or braces, where a comma ends the text.
 */
export function isPlain(text: string, inFlow = false): boolean {
  if (USUAL.test(text)) return true
  if (!PLAIN.test(text) || STRUCTURE.test(text) || (inFlow && text.includes(','))) return false
  const first = text.charCodeAt(0)
  return first <= 57 ? !NUMBER.test(text) && !DATE.test(text) : !WORD.test(text)
}

/** A string as a YAML scalar: plain where it can be, else as a JSON string in ASCII. */
export function scalar(text: string, inFlow = false): string {
  return isPlain(text, inFlow) ? text : quoted(text)
}

/** A JSON string in ASCII, which is a YAML string too. */
export function quoted(text: string): string {
  const json = JSON.stringify(text)
  return ASCII.test(json) ? json : json.replace(/[^ -~]/g, c => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
