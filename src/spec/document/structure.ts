// SPDX-License-Identifier: Apache-2.0
import { nearest } from '../../base/diagnostic.ts'
import type { Path } from '../../base/place.ts'
import type { Problem } from '../problem.ts'
import * as generated from '../schema/validate.gen.ts'

/** What ajv says (allErrors, verbose), as far as it is used here. */
interface SchemaError {
  instancePath: string
  keyword: string
  params: { additionalProperty?: string; missingProperty?: string; type?: string; allowedValues?: string[] }
  parentSchema: { properties?: object; minimum?: number; maximum?: number }
  data: unknown
}

const validate = generated.validate as ((data: unknown) => boolean) & { errors?: SchemaError[] | null }

/** Where a document departs from the schema's structure: fields, types, ranges. What is in the strings is not looked at. */
export function checkStructure(document: unknown): Problem[] {
  if (validate(document)) return []
  return (validate.errors ?? []).flatMap(problemOf)
}

function problemOf(e: SchemaError): Problem[] {
  const path = pathOf(e.instancePath)
  switch (e.keyword) {
    case 'additionalProperties':
      return [unknownField(path, e.params.additionalProperty ?? '', Object.keys(e.parentSchema.properties ?? {}))]
    case 'required': {
      const message = `${thingAt(path)} needs "${e.params.missingProperty}"`
      return [{ path, key: true, code: 'missing-field', message, ...(path.length === 0 ? { length: 1 } : {}) }]
    }
    case 'minItems':
      return [{ path, code: 'no-cluster-ip', message: 'a Service needs at least one cluster IP' }]
    case 'minimum':
    case 'maximum': {
      const range = `${e.parentSchema.minimum} to ${e.parentSchema.maximum}`
      return [{ path, code: 'out-of-range', message: `${e.data} is out of range: ${range}` }]
    }
    case 'enum':
      return [unknownValue(path, e.data, e.params.allowedValues ?? [])]
    default:
      return [wrongType(path, e.data, e.params.type ?? '')]
  }
}

function pathOf(pointer: string): Path {
  if (pointer === '') return []
  return pointer
    .slice(1)
    .split('/')
    .map(step => step.replaceAll('~1', '/').replaceAll('~0', '~'))
}

function thingAt(path: Path): string {
  if (path.length === 0) return 'a dataplane spec'
  return { nodes: 'a node', services: 'a Service', endpoints: 'an endpoint group' }[path[0] as string] ?? 'this'
}

function unknownField(path: Path, name: string, known: string[]): Problem {
  const meant = nearest(name, known)
  const hint = meant ? `did you mean "${meant}"?` : `the fields are ${known.join(', ')}`
  const message = `"${name}" is not a field of ${thingAt(path)}`
  return { path: [...path, name], key: true, code: 'unknown-field', message, hint }
}

function unknownValue(path: Path, data: unknown, allowed: string[]): Problem {
  const quoted = allowed.map(value => `"${value}"`).join(' or ')
  const given = typeof data === 'string' ? `"${data}"` : typeName(data)
  const lower = typeof data === 'string' ? allowed.find(value => value.toLowerCase() === data.toLowerCase()) : undefined
  const meant = lower ?? (typeof data === 'string' ? nearest(data, allowed) : undefined)
  const problem: Problem = { path, code: 'unknown-value', message: `"${path.at(-1)}" is ${given}, not ${quoted}` }
  return meant ? { ...problem, hint: `did you mean "${meant}"?` } : problem
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: 'text',
  integer: 'a whole number',
  array: 'a list',
  object: 'a mapping',
}

function wrongType(path: Path, data: unknown, type: string): Problem {
  const step = path.at(-1)
  const subject = path.length === 0 ? 'the document' : /^\d+$/.test(String(step)) ? 'this' : `"${step}"`
  const message = `${subject} is ${typeName(data)}, but must be ${TYPE_NAMES[type] ?? type}`
  const problem: Problem = { path, code: 'wrong-type', message }
  if (type === 'string' && typeof data === 'number') return { ...problem, hint: 'put it in quotes' }
  if (type === 'integer' && typeof data === 'string') return { ...problem, hint: 'write the number without quotes' }
  return problem
}

function typeName(data: unknown): string {
  if (data === null || data === undefined) return 'empty'
  if (Array.isArray(data)) return 'a list'
  if (typeof data === 'boolean') return String(data)
  return { string: 'text', number: 'a number', object: 'a mapping' }[typeof data as string] ?? 'odd'
}
