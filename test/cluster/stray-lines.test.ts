// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs'
import { CORE_SCHEMA, load } from 'js-yaml'
import { describe, expect, test } from 'vitest'
import type { Diagnostic } from '../../src/base/diagnostic.ts'
import { loadCluster } from '../../src/cluster/load.ts'
import { render } from '../../src/render/render.ts'
import { parseSpec } from '../../src/spec/parse.ts'
import { printJson, printYaml } from '../../src/spec/print.ts'

/** What stands in files that a command wrote with 2>&1, that a merge left, or that a hand slipped on. */
const LINES = [
  'Warning: v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice',
  'Error from server (Forbidden): services is forbidden: User "x" cannot list resource "services"',
  'E1128 12:00:00.123456    4711 memcache.go:265] couldn\'t get current server API group list: "x"',
  'No resources found in default namespace.',
  '<<<<<<< HEAD',
  '=======',
  'stray',
  '\tstray: 1',
  '}',
]

/** A bracket belongs to another object as well as to this one: its error may be where the objects around it end. */
const AMBIGUOUS = '}'

const EXPORT = readFileSync('examples/shop.yaml', 'utf8')
const spec = render(loadCluster([{ name: 'shop.yaml', bytes: Buffer.from(EXPORT) }]).value!).spec

/** The errors of a text, and what was read of it. */
type Read = (text: string) => { errors: Diagnostic[]; value: unknown }

const readExport: Read = text => {
  const { value, diagnostics } = loadCluster([{ name: 'file', bytes: Buffer.from(text) }])
  return { errors: diagnostics.filter(d => d.severity === 'error'), value: value && render(value).spec }
}
const readSpec: Read = text => {
  const { value, diagnostics } = parseSpec(text, 'file')
  return { errors: diagnostics.filter(d => d.severity === 'error'), value }
}

const INPUTS: [string, string, Read][] = [
  ['an export in YAML', EXPORT, readExport],
  ['an export in JSON', `${JSON.stringify(load(EXPORT, { schema: CORE_SCHEMA }), undefined, 4)}\n`, readExport],
  ['a spec in YAML', printYaml(spec), readSpec],
  ['a spec in JSON', printJson(spec), readSpec],
]

describe.each(INPUTS)('a line that does not belong to %s', (_, text, read) => {
  const lines = text.split('\n').slice(0, -1)
  const meant = read(text).value
  // A prime number of places, so that objects are met at all of their lines.
  const places = Array.from({ length: 61 }, (_, i) => Math.floor((i * lines.length) / 61))

  test.each(LINES)('%s', stray => {
    for (const at of places) {
      const { errors, value } = read(lines.toSpliced(at, 0, stray).join('\n'))
      // No field is lost in silence.
      if (value) expect(value).toEqual(meant)
      else expect(errors.length, `line ${at + 1}`).toBeGreaterThan(0)
      // A spec in JSON may have the line in the text of an endpoint, where each word of it is wrong.
      expect(errors.length, `line ${at + 1}: ${errors[1]?.message}`).toBeLessThanOrEqual(8)
      if (stray === AMBIGUOUS || errors.length === 0) continue
      // In front of a document, the line that is found to be wrong may be the first one of the document.
      const distance = Math.abs(errors[0]!.place!.line! - (at + 1))
      expect(distance, `line ${at + 1}: ${errors[0]!.message}`).toBeLessThanOrEqual(at === 0 ? 2 : 1)
    }
  })
})

test('kubectl says something in front of its JSON', () => {
  const [, json] = INPUTS[1]!
  expect(readExport(`${LINES[0]}\n${json}`).errors).toEqual([
    expect.objectContaining({
      code: 'syntax',
      message: 'this line is not part of an export',
      hint: 'kubectl writes warnings and errors to stderr: leave 2>&1 out',
      place: expect.objectContaining({ line: 1, column: 1 }),
    }),
  ])
})

test('a file that is no export has one error for all that is alike in it', () => {
  const log = Array.from({ length: 200 }, (_, i) => `{"time":${i},"message":"x"}\n`).join('')
  const errors = readExport(log).errors.map(({ message, place }) => [message, place?.line])
  expect(errors).toEqual([['this object has no kind (and 199 more here)', 1]])
})
