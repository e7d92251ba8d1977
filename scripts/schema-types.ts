// SPDX-License-Identifier: Apache-2.0
/**
 * Generates from schema/dataplane-spec.v1alpha1.json what src/spec needs of it:
 *   schema/types.gen.ts     the types of the file form
 *   schema/validate.gen.ts  ajv's validation code, because compiling the schema at start-up takes 50 ms with ajv's import
 * Run it after a change of the schema: node scripts/schema-types.ts
 * With --check it writes nothing and fails when the files are not what the schema says.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import standalone from 'ajv/dist/standalone/index.js'
import { compile } from 'json-schema-to-typescript'

const SOURCE = 'schema/dataplane-spec.v1alpha1.json'
const HEADER = `// SPDX-License-Identifier: Apache-2.0
// Generated from ${SOURCE} by: node scripts/schema-types.ts`
/** Says nothing about structure. */
const TEXT_ONLY = new Set(['pattern', 'propertyNames', 'description', 'title', 'definitions'])
type Standalone = typeof import('ajv/dist/standalone/index.js').default
const root = new URL('../', import.meta.url)

const schema = JSON.parse(readFileSync(new URL(SOURCE, root), 'utf8'))
const outputs = {
  'src/spec/schema/types.gen.ts': await typesOf(schema),
  'src/spec/schema/validate.gen.ts': codeOf(schema),
}

let stale = false
for (const [path, text] of Object.entries(outputs)) {
  const file = new URL(path, root)
  if (!process.argv.includes('--check')) writeFileSync(file, text)
  else if (readFileSync(file, 'utf8') !== text) {
    console.error(`${path} is not what ${SOURCE} says: run node scripts/schema-types.ts`)
    stale = true
  }
}
if (stale) process.exitCode = 1

async function typesOf(schema: object): Promise<string> {
  const body = await compile(structuredClone(schema), 'DataplaneSpecFile', {
    bannerComment: '',
    style: { semi: false, singleQuote: true, printWidth: 120 },
  })
  return `${HEADER}\n\n${body}`
}

/**
 * The validator of the structure alone. What `pattern` and `propertyNames` say is for editors: the line parsers read every
 * name and line anyway, with better messages, and 100,000 strings are not to be matched twice. References are replaced by
 * what they mean: ajv makes a function of each, and joining their errors is quadratic.
 */
function codeOf(schema: { definitions: Record<string, unknown> }): string {
  const structure = structureOf(schema, schema.definitions) as object
  const ajv = new Ajv({ allErrors: true, verbose: true, code: { source: true, esm: true, lines: true } })
  const code = (standalone as unknown as { default: Standalone }).default(ajv, ajv.compile(structure))
  return `${HEADER}\n// @ts-nocheck\n${code}`
}

function structureOf(schema: unknown, definitions: Record<string, unknown>): unknown {
  if (Array.isArray(schema)) return schema.map(item => structureOf(item, definitions))
  if (typeof schema !== 'object' || schema === null) return schema
  const { $ref, ...rest } = schema as Record<string, unknown>
  const meant = typeof $ref === 'string' ? definitions[$ref.replace('#/definitions/', '')] : {}
  const kept = Object.entries({ ...(meant as object), ...rest }).filter(([key]) => !TEXT_ONLY.has(key))
  return Object.fromEntries(kept.map(([key, value]) => [key, structureOf(value, definitions)]))
}
