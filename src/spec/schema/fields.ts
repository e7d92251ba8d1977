// SPDX-License-Identifier: Apache-2.0
import schema from '../../../schema/dataplane-spec.v1alpha1.json' with { type: 'json' }
import { nearest } from '../../base/diagnostic.ts'

/** The part of JSON Schema draft-07 that the schema of a spec uses. */
export interface Schema {
  $ref?: string
  $schema?: string
  title?: string
  description?: string
  type?: string
  const?: string
  enum?: string[]
  pattern?: string
  minimum?: number
  maximum?: number
  minItems?: number
  allOf?: Schema[]
  items?: Schema
  properties?: Record<string, Schema>
  required?: string[]
  propertyNames?: Schema
  additionalProperties?: boolean | Schema
  definitions?: Record<string, Schema>
}

export const ROOT: Schema = schema

/** A place in the schema: the steps to it as they are written, `services.*.ports`, and what stands there. */
export interface Field {
  path: string[]
  schema: Schema
}

/** Where a path leads nowhere: at the field `at`, which has fields of these names. */
interface NoField {
  at: string[]
  step: string
  known: string[]
  meant: string | undefined
}

/** What a reference means, and what was written beside it. */
export function resolve(at: Schema): Schema {
  const { $ref, allOf, ...rest } = at
  if ($ref !== undefined) return { ...resolve(ROOT.definitions![$ref.replace('#/definitions/', '')]!), ...rest }
  return allOf ? { ...resolve(allOf[0]!), ...rest } : rest
}

/** The field at `services.externalIPs`: names of nodes and Services are passed over, and so are the items of a list. */
export function findField(steps: readonly string[]): Field | NoField {
  let found: Field = { path: [], schema: resolve(ROOT) }
  for (const step of steps) {
    const next = stepInto(found, step)
    if ('step' in next) return next
    found = next
  }
  return found
}

function stepInto(from: Field, step: string): Field | NoField {
  const holder = holderOf(from)
  const properties = holder?.schema.properties ?? {}
  if (Object.hasOwn(properties, step)) return { path: [...holder!.path, step], schema: resolve(properties[step]!) }
  const known = Object.keys(properties)
  return { at: from.path, step, known, meant: nearest(step, known) }
}

/** The place itself, or that below it whose fields it is about: the entries of a mapping by name, the items of a list. */
export function holderOf(field: Field): Field | undefined {
  for (let at: Field | undefined = field; at; at = entryOf(at)) if (at.schema.properties) return at
  return undefined
}

/** What every entry of a mapping by name, or every item of a list, is. */
function entryOf({ path, schema }: Field): Field | undefined {
  if (schema.items) return { path: [...path, '[]'], schema: resolve(schema.items) }
  if (typeof schema.additionalProperties !== 'object') return undefined
  return { path: [...path, '*'], schema: resolve(schema.additionalProperties) }
}

/** The schema of one field as a document of its own: what it refers to is written out. */
export function standAlone({ schema }: Field): Schema {
  return { $schema: ROOT.$schema!, ...(inline(schema) as Schema) }
}

function inline(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inline)
  if (typeof value !== 'object' || value === null) return value
  const { definitions: _, ...rest } = resolve(value as Schema)
  return Object.fromEntries(Object.entries(rest).map(([key, inner]) => [key, inline(inner)]))
}
