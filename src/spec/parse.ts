// SPDX-License-Identifier: Apache-2.0
import { type Diagnostic, error, nearest, type Result, warning } from '../base/diagnostic.ts'
import { API_VERSION } from '../base/form.ts'
import { locate } from '../base/locate-yaml.ts'
import { readCanonical } from './canonical/read.ts'
import { checkReferences } from './check/references.ts'
import { build } from './document/build.ts'
import { readDocument } from './document/read.ts'
import { checkStructure } from './document/structure.ts'
import { normalise } from './normalise.ts'
import { KIND } from './print.ts'
import { diagnose, type Problem } from './problem.ts'
import type { Spec } from './spec.ts'

/**
 * Reads a dataplane spec, YAML or JSON. Strict: there is a value only when there is no error, and otherwise an error with its
 * place for every mistake. The value is canonical whatever the order of the text. A file without endpoints is an error:
 * parseSpecFile reads it. Never throws.
 */
export function parseSpec(text: string, file: string): Result<Spec> {
  const spec = readCanonical(text)
  if (spec) return { value: spec, diagnostics: [] }
  const { value, diagnostics } = parseDocument(text, file, [MISSING_ENDPOINTS])
  return { value: value?.spec, diagnostics }
}

/** What a file holds: a spec, or an exposure alone, as a spec of Services without endpoints. */
export interface SpecFile {
  spec: Spec
  isExposure: boolean
}

/** The same for a file that may hold an exposure alone. */
export function parseSpecFile(text: string, file: string): Result<SpecFile> {
  const spec = readCanonical(text)
  return spec ? { value: { spec, isExposure: false }, diagnostics: [] } : parseDocument(text, file, [])
}

/** What an exposure is told where a whole spec is needed. */
export const NEEDS_ENDPOINTS = {
  code: 'missing-field',
  message: 'a dataplane spec needs "endpoints"',
  hint: 'without them it is an exposure, which validate, fmt and diff --only exposure take; render writes whole specs',
}
const MISSING_ENDPOINTS: Problem = { path: [], key: true, length: 1, ...NEEDS_ENDPOINTS }

/** The slow way, which finds mistakes: for texts that printYaml did not write. `ofExposure`: the mistakes of a file without endpoints. */
function parseDocument(text: string, file: string, ofExposure: readonly Problem[]): Result<SpecFile> {
  const { value: document, diagnostics } = readDocument(text, file)
  if (diagnostics.length > 0) return { value: undefined, diagnostics }
  const foreign = checkIdentity(document, text, file)
  if (foreign.length > 0) return { value: undefined, diagnostics: foreign }
  const isExposure = !Object.hasOwn(document as object, 'endpoints')
  const { spec, problems } = build(document)
  const all = [
    ...(isExposure ? ofExposure : []),
    ...checkStructure(document),
    ...problems,
    ...checkReferences(spec, declaredIn(document)),
  ]
  if (all.length > 0) return { value: undefined, diagnostics: diagnose(all, text, file) }
  return { value: { spec: normalise(spec), isExposure }, diagnostics: checkEnd(text, file) }
}

/** A copy that broke off in the middle of a line can still be a spec, with fewer endpoints. Broken JSON cannot. */
function checkEnd(text: string, file: string): Diagnostic[] {
  if (text.endsWith('\n') || text.trimEnd().endsWith('}')) return []
  const line = text.split('\n').length
  const hint = 'is the file complete? Every printed spec ends with a line break'
  return [warning('no-final-line-break', 'the last line has no end', { hint, place: { file, line } })]
}

function declaredIn(document: unknown): (service: string, port: string) => boolean {
  const { services } = document as { services?: Record<string, { ports?: object } | null> | null }
  return (service, port) => Object.hasOwn(services?.[service]?.ports ?? {}, port)
}

/** The mistakes that make all others meaningless: no mapping, another kind, another version. */
function checkIdentity(document: unknown, text: string, file: string): Diagnostic[] {
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    const place = { ...locate(text, file, []), length: 1 }
    return [error('not-a-mapping', 'a dataplane spec is a mapping with apiVersion and kind', { place })]
  }
  const { apiVersion, kind } = document as Record<string, unknown>
  if (apiVersion === undefined && kind === undefined) {
    const place = { ...locate(text, file, []), length: 1 }
    const hint = `its first lines are "apiVersion: ${API_VERSION}" and "kind: ${KIND}"`
    return [error('wrong-kind', 'this is not a dataplane spec: it has no apiVersion and kind', { hint, place })]
  }
  const wrongKind = kind !== KIND && wrongIdentity('kind', kind, KIND, text, file)
  const wrongVersion = apiVersion !== API_VERSION && wrongIdentity('apiVersion', apiVersion, API_VERSION, text, file)
  return [wrongVersion, wrongKind].filter(d => d !== false)
}

function wrongIdentity(
  field: 'kind' | 'apiVersion',
  value: unknown,
  wanted: string,
  text: string,
  file: string,
): Diagnostic {
  const given = typeof value === 'string' ? `"${value}"` : 'missing'
  const hint = hintFor(field, value, wanted)
  const code = field === 'kind' ? 'wrong-kind' : 'wrong-api-version'
  const place = value === undefined ? { ...locate(text, file, []), length: 1 } : locate(text, file, [field])
  return error(code, `${field} is ${given}, not "${wanted}"`, { hint, place })
}

function hintFor(field: 'kind' | 'apiVersion', value: unknown, wanted: string): string {
  const isTypo = typeof value === 'string' && nearest(value, [wanted]) !== undefined
  if (field === 'kind' && !isTypo && value !== undefined)
    return 'balancing render turns cluster objects into a dataplane spec'
  if (typeof value === 'string' && OTHER_VERSION.test(value))
    return 'another version of balancing wrote it: use that version, or render the spec again with this one'
  return `write ${field}: ${wanted}`
}

/** A version of the form, but none that this build reads. */
const OTHER_VERSION = /^balancing\.elf\.io\/v\d+((alpha|beta)\d+)?$/
