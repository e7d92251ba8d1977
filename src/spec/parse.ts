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
import { diagnose } from './problem.ts'
import type { Spec } from './spec.ts'

/**
 * Reads a dataplane spec, YAML or JSON. Strict: there is a value only when nothing at all is wrong, and otherwise an error
 * with its place for every mistake. The value is canonical whatever the order of the text. Never throws. A warning does not keep the value back.
 */
export function parseSpec(text: string, file: string): Result<Spec> {
  const spec = readCanonical(text)
  return spec ? { value: spec, diagnostics: [] } : parseAny(text, file)
}

/** The long way, which knows what is wrong: for texts that printYaml did not write. */
function parseAny(text: string, file: string): Result<Spec> {
  const { value: document, diagnostics } = readDocument(text, file)
  if (diagnostics.length > 0) return { value: undefined, diagnostics }
  const foreign = checkIdentity(document, text, file)
  if (foreign.length > 0) return { value: undefined, diagnostics: foreign }
  const { spec, problems } = build(document)
  const all = [...checkStructure(document), ...problems, ...checkReferences(spec, declaredIn(document))]
  if (all.length > 0) return { value: undefined, diagnostics: diagnose(all, text, file) }
  return { value: normalise(spec), diagnostics: checkEnd(text, file) }
}

/** A copy that broke off in the middle of a line can still be a spec, of fewer endpoints. JSON cannot. */
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

/** What makes it pointless to look further: no mapping, another kind, another version. */
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
    return 'balancing render makes a dataplane spec of cluster objects'
  if (typeof value === 'string' && OTHER_VERSION.test(value))
    return 'another balancing wrote it: use that one, or render the spec again with this one'
  return `write ${field}: ${wanted}`
}

/** A version of the form, but none that this build reads. */
const OTHER_VERSION = /^balancing\.elf\.io\/v\d+((alpha|beta)\d+)?$/
