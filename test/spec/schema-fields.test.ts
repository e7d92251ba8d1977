// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import { load } from 'js-yaml'
import { expect, test } from 'vitest'
import { explainField } from '../../src/spec/schema/explain.ts'
import { type Field, findField, holderOf, ROOT, standAlone } from '../../src/spec/schema/fields.ts'

/** Every path that can be asked for. */
function paths(at: string[] = []): string[][] {
  const field = findField(at) as Field
  const names = Object.keys(holderOf(field)?.schema.properties ?? {})
  return [at, ...names.flatMap(name => paths([...at, name]))]
}

/** What stands at a path in a document, wherever the names and places lead. */
function valuesAt(document: unknown, [step, ...rest]: readonly string[]): unknown[] {
  if (step === undefined) return [document]
  if (typeof document !== 'object' || document === null) return []
  if (!Array.isArray(document) && Object.hasOwn(document, step)) {
    return valuesAt((document as Record<string, unknown>)[step], rest)
  }
  return Object.values(document).flatMap(value => valuesAt(value, [step, ...rest]))
}

const EXAMPLE = load(readFileSync('test/spec/example.yaml', 'utf8'))

test('every field is explained, and its schema stands alone: it takes what the example has there', () => {
  const all = paths()
  expect(all.length).toBeGreaterThan(15)
  for (const path of all) {
    const field = findField(path) as Field
    expect(explainField(field).split('\n')[3]!.length, path.join()).toBeGreaterThan(10)
    expect(JSON.stringify(standAlone(field))).not.toContain('$ref')
    const validate = new Ajv({ strict: false }).compile(standAlone(field))
    const values = valuesAt(EXAMPLE, path)
    expect(values.length, path.join()).toBeGreaterThan(0)
    for (const value of values) expect(validate(value), `${path.join()}: ${JSON.stringify(validate.errors)}`).toBe(true)
    expect(validate(Symbol), path.join()).toBe(false)
  }
})

test('the schema is the file that editors use', () => {
  expect(ROOT).toEqual(JSON.parse(readFileSync('schema/dataplane-spec.v1alpha1.json', 'utf8')))
})
