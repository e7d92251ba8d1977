// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { hasErrors } from '../../src/base/diagnostic.ts'
import { readDocument } from '../../src/spec/document/read.ts'
import { parseSpec } from '../../src/spec/parse.ts'
import { ROOT, resolve, type Schema } from '../../src/spec/schema/fields.ts'
import { keptSpecs, type Meaning, meaningOf, readMeaning, specFile } from './corpus.ts'

const names = keptSpecs()
const textOf = (name: string) => readFileSync(specFile(name), 'utf8')

/**
 * Specs that mean something else by a rule made since: the spec beside each, without what the rule leaves out, was given
 * to the same release, and its meaning then is that of both now. Special addresses (`::1`, class E) are not VIPs any more.
 */
const BY_NEWER_RULES = new Map([['0.1.0/awkward-names.yaml', '0.1.0/awkward-names-without-special-addresses.yaml']])

describe('what a release wrote', () => {
  test.each(names)('%s is read, and means the same', name => {
    const { value, diagnostics } = parseSpec(textOf(name), name)
    expect(hasErrors(diagnostics), JSON.stringify(diagnostics)).toBe(false)
    const kept = { ...readMeaning(BY_NEWER_RULES.get(name) ?? name), revision: readMeaning(name).revision }
    const now = meaningOf(value!)
    expect(now.layout === kept.layout ? now : withoutImages(now)).toEqual(
      now.layout === kept.layout ? kept : withoutImages(kept),
    )
  })

  test('has every field of the form, and every word of its lines', () => {
    const fields = new Set(names.flatMap(name => keysIn(readDocument(textOf(name), name).value)))
    expect(propertiesOf(ROOT).filter(property => !fields.has(property))).toEqual([])
    const all = names.map(textOf).join('\n')
    const lines = [ROOT.definitions!.portLine!, ROOT.definitions!.endpointLine!]
    const words = lines.flatMap(line => line.pattern!.match(/[A-Z]{3,4}|[a-z]+(-[a-z]+)?=| [a-z-]+(?=\))/g)!)
    expect(words.length).toBeGreaterThan(9)
    expect(words.filter(word => !all.includes(word))).toEqual([])
  })
})

/** Entries of maps of another layout are other bytes. */
function withoutImages({ revision, hosts }: Meaning) {
  return { revision, hosts: Object.entries(hosts).map(([host, { frontends }]) => [host, frontends]) }
}

function propertiesOf(at: Schema): string[] {
  const { properties = {}, items, additionalProperties: others } = resolve(at)
  const below = [
    ...Object.values(properties),
    ...(items ? [items] : []),
    ...(typeof others === 'object' ? [others] : []),
  ]
  return [...Object.keys(properties), ...below.flatMap(propertiesOf)]
}

function keysIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  const below = Object.values(value).flatMap(keysIn)
  return Array.isArray(value) ? below : [...Object.keys(value), ...below]
}
