// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hasErrors } from '../../src/base/diagnostic.ts'
import { printDiagnostics } from '../../src/base/print-diagnostic.ts'
import { parseSpec } from '../../src/spec/parse.ts'
import { printJson, printYaml } from '../../src/spec/print.ts'
import { MANY_RUNS, runs } from '../runs.ts'
import { EXAMPLE, WITHOUT_ENDPOINTS } from './example.ts'

const JSON_EXAMPLE = printJson(parseSpec(EXAMPLE, 'spec.yaml').value!)
const PIECES = [
  '{',
  '}',
  '[',
  ']',
  ':',
  ' ',
  '\n',
  '"',
  "'",
  ',',
  '- ',
  '#',
  '&a',
  '*a',
  '!!int ',
  '|',
  '0',
  '-1',
  '1e9',
  '\t',
  '\0',
]
const WORDS = [
  'null',
  'true',
  '~',
  '__proto__',
  'constructor',
  'ports',
  'shop/web',
  '::',
  '99999',
  '/TCP',
  '\u{feff}',
  '\u{1f600}',
]

/** Cuts a stretch out of a text and puts another stretch of it, or something nasty, in its place. */
function mutation(text: string): fc.Arbitrary<string> {
  const stretch = fc.tuple(fc.nat(text.length), fc.nat(20)).map(([at, length]) => text.slice(at, at + length))
  const edit = fc.tuple(fc.nat(text.length), fc.nat(8), fc.oneof(fc.constantFrom('', ...PIECES, ...WORDS), stretch))
  return fc.array(edit, { minLength: 1, maxLength: 3 }).map(edits => {
    return edits.reduce((t, [at, removed, added]) => t.slice(0, at) + added + t.slice(at + removed), text)
  })
}

test.each([
  ['YAML', EXAMPLE],
  ['JSON', JSON_EXAMPLE],
])(
  'a damaged %s spec is a spec or has located errors, and nothing throws',
  (_form, example) => {
    const outcomes = { spec: 0, errors: 0 }
    fc.assert(
      fc.property(mutation(example), text => {
        const { value, diagnostics } = parseSpec(text, 'spec')
        expect(value === undefined).toBe(hasErrors(diagnostics))
        printDiagnostics(diagnostics)
        for (const d of diagnostics) if (d.code !== 'empty-document') expect(d.place?.line).toBeGreaterThan(0)
        if (value) expect(parseSpec(printYaml(value), 'again').value).toEqual(value)
        outcomes[value ? 'spec' : 'errors']++
      }),
      { numRuns: runs(4000) },
    )
    if (MANY_RUNS) expect(Math.min(outcomes.spec, outcomes.errors)).toBeGreaterThan(20)
  },
  60_000,
)

test.each([
  ['brackets', '['.repeat(100_000)],
  ['braces', '{"a":'.repeat(100_000)],
  ['nested JSON', `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`],
  ['dashes', '- '.repeat(50_000)],
  ['aliases', `a: &a [${'x,'.repeat(100)}]\nb: &b [${'*a,'.repeat(100)}]\nc: [${'*b,'.repeat(100)}]\n`],
  ['__proto__', changedRoot('__proto__: {nodes: 1}')],
  ['a bare word', 'hello'],
  ['a list', '- a\n'],
])('%s are an error', (_name, text) => {
  const { value, diagnostics } = parseSpec(text, 'spec')
  expect(value).toBeUndefined()
  expect(diagnostics.length).toBeGreaterThan(0)
})

function changedRoot(line: string): string {
  return EXAMPLE.replace('nodes:\n', `${line}\nnodes:\n`)
}

test('mistakes in every line do not take quadratic time', () => {
  const count = 3000
  const lines = Array.from({ length: count }, (_, i) => `  ns/svc-${i}: [{ports: {}, adresses: [x]}]`)
  const text = `${WITHOUT_ENDPOINTS}endpoints:\n${lines.join('\n')}\n`
  const { diagnostics } = parseSpec(text, 'spec.yaml')
  expect(diagnostics.length).toBe(3 * count)
}, 20_000)
