// SPDX-License-Identifier: Apache-2.0
import { CORE_SCHEMA, defineMappingTag, load, mapTag, YAMLException } from 'js-yaml'
import { type Diagnostic, error, type Result } from '../../base/diagnostic.ts'
import { findJsonError, isMeantAsJson } from '../../base/json-error.ts'
import { placeAt, syntaxErrors } from '../../base/locate-yaml.ts'
import { hasMergedText } from '../../base/merged-text.ts'
import { isRepeatFree } from './json-keys.ts'

/**
 * The value of a text of one YAML or JSON document: the fastest reader that understands it wins, and all that do agree.
 * A key given twice, an alias or a key that is not text is an error.
 */
export function readDocument(text: string, file: string): Result<unknown> {
  const isJson = /^\s*\{/.test(text)
  const value = isJson ? readJson(text) : undefined
  if (value !== undefined) return { value, diagnostics: [] }
  try {
    const yaml = load(text, { schema: TEXT_KEYS, maxAliases: 0 })
    const misread = isJson && hasMergedText(yaml) ? jsonError(text, file) : undefined
    return misread ? { value: undefined, diagnostics: [misread] } : { value: yaml, diagnostics: [] }
  } catch (thrown) {
    const found = jsonError(text, file)
    if (found) return { value: undefined, diagnostics: [found] }
    if (isBlank(text)) return { value: undefined, diagnostics: [empty(file)] }
    const errors = syntaxErrors(text, file)
    return { value: undefined, diagnostics: errors.length > 0 ? errors : [firstError(thrown, text, file)] }
  }
}

/** JSON.parse takes the last of two equal keys and says nothing: such a text is left to the reader that objects. */
function readJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    return isRepeatFree(text, value) ? value : undefined
  } catch {
    return undefined
  }
}

/** What keeps a text that was meant as JSON from being it: a YAML parser finds that elsewhere, or makes a stray line part of a key. */
function jsonError(text: string, file: string): Diagnostic | undefined {
  const found = isMeantAsJson(text) ? findJsonError(text) : undefined
  return found && error('json-syntax', found.message, { place: placeAt(text, file, found.at) })
}

/** Plain `1:` or `on:` would be a number or a boolean for other readers: such a key has to be in quotes. */
const TEXT_KEYS = CORE_SCHEMA.withTags(
  defineMappingTag<Record<string, unknown>>('tag:yaml.org,2002:map', {
    ...mapTag,
    addPair: (carrier, key, value) =>
      typeof key === 'string' ? mapTag.addPair(carrier, key, value) : 'a key must be text: put it in quotes',
  }),
)

/** Nothing but blanks and comments. */
function isBlank(text: string): boolean {
  return text.split('\n').every(line => /^\s*(#|$)/.test(line))
}

function empty(file: string): Diagnostic {
  return error('empty-document', 'there is nothing in this file', { place: { file } })
}

/** js-yaml's own complaint, about what the library with the positions accepts. */
function firstError(thrown: unknown, text: string, file: string): Diagnostic {
  if (!(thrown instanceof YAMLException)) return error('yaml-syntax', String(thrown), { place: { file } })
  const position = thrown.mark?.position
  const place = position === undefined ? { file } : placeAt(text, file, position)
  const isAlias = thrown.reason.includes('maxAliases')
  const message = isAlias ? 'a spec has no aliases: write the value out' : thrown.reason
  return error('yaml-syntax', message, { place })
}
