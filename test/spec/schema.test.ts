// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { printJson } from '../../src/spec/print.ts'
import { arbitrarySpec } from '../arbitrary/spec.ts'
import { runs } from '../runs.ts'

const schema = JSON.parse(readFileSync('schema/dataplane-spec.v1alpha1.json', 'utf8'))
const validate = new Ajv({ allErrors: true }).compile(schema)

test('the whole schema, patterns and all, takes what is printed', () => {
  fc.assert(
    fc.property(arbitrarySpec, spec => {
      validate(JSON.parse(printJson(spec)))
      expect(validate.errors).toBeNull()
    }),
    { numRuns: runs(300) },
  )
})

test('every field has a description', () => {
  const bare: string[] = []
  const visit = (node: unknown, path: string): void => {
    if (typeof node !== 'object' || node === null) return
    const { properties = {}, definitions = {} } = node as { properties?: object; definitions?: object }
    for (const [name, field] of [...Object.entries(properties), ...Object.entries(definitions)]) {
      if (!('description' in field)) bare.push(`${path}/${name}`)
      visit(field, `${path}/${name}`)
    }
  }
  visit(schema, '')
  expect(bare).toEqual([])
})

test('no mapping takes a field that the schema does not name', () => {
  const objects = JSON.stringify(schema).split('"type":"object"').length - 1
  expect(JSON.stringify(schema).split('"additionalProperties":').length - 1).toBe(objects)
})

test('the generated files are what the schema says', () => {
  expect(() => execFileSync(process.execPath, ['scripts/schema-types.ts', '--check'], { stdio: 'pipe' })).not.toThrow()
})
