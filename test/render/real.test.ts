// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { dump, load } from 'js-yaml'
import { describe, expect, it } from 'vitest'
import { loadCluster } from '../../src/cluster/load.ts'
import { render } from '../../src/render/render.ts'
import { printSummary } from '../../src/render/summary.ts'
import { list } from '../build/objects.ts'
import { runs } from '../runs.ts'

type Json = Record<string, unknown>
const SHOP = '18 services → 43 frontends, 75 backends   skipped 3: 1 headless, 1 ExternalName, 1 other proxy'
const RANDOM = '111 services → 482 frontends, 908 backends   skipped 9: 2 headless, 2 ExternalName, 5 other proxy'
const SIZES: Readonly<Record<string, string>> = {
  'examples/shop.yaml': SHOP,
  'examples/shop-rollout.yaml': SHOP,
  'test/data/kube-proxy/cluster.json': RANDOM,
}
const EXPORTS = Object.keys(SIZES)
const read = (name: string) => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8')

function rendered(text: string) {
  const { value, diagnostics } = loadCluster([{ name: 'export', bytes: Buffer.from(text) }])
  expect(diagnostics).toEqual([])
  return render(value!)
}

/** A JSON value with its lists of objects, and only those that mean sets, in another order. */
function shuffled(value: unknown, random: () => number, key = ''): unknown {
  const sets = [
    'items',
    'endpoints',
    'ports',
    'addresses',
    'forZones',
    'forNodes',
    'ingress',
    'externalIPs',
    'loadBalancerSourceRanges',
  ]
  if (Array.isArray(value)) {
    const copy = value.map(v => shuffled(v, random))
    const isSet = sets.includes(key)
    if (!isSet || (key === 'addresses' && typeof copy[0] === 'string')) return copy
    return copy
      .map(v => [random(), v] as const)
      .sort((a, b) => a[0] - b[0])
      .map(pair => pair[1])
  }
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, shuffled(v, random, k)]))
}

/** What changes from export to export without meaning anything. */
function renamed(item: Json, noise: string): Json {
  const metadata = item.metadata as Json
  return { ...item, metadata: { ...metadata, resourceVersion: noise, uid: noise, annotations: { noise } } }
}

describe.each(EXPORTS)('%s', name => {
  const text = read(name)
  const objects = (load(text) as Json).items as Json[]
  const { spec, diagnostics, summary } = rendered(text)

  it('gives the same spec in any order, with other metadata, as YAML and as JSON', () => {
    const expected = JSON.stringify(spec)
    const property = fc.property(fc.integer(), fc.string(), fc.boolean(), (seed, noise, yaml) => {
      let state = seed >>> 0
      const random = () => {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0
        return state
      }
      const other = shuffled(list(...objects.map(item => renamed(item, noise))), random)
      const text = yaml ? dump(other) : JSON.stringify(other, null, 4)
      expect(JSON.stringify(rendered(text).spec)).toBe(expected)
    })
    fc.assert(property, { numRuns: runs(20) })
  })
  it('has no errors', () => {
    expect(diagnostics.filter(d => d.severity === 'error')).toEqual([])
  })
  it('has the expected size', () => {
    expect(printSummary(summary).split('\n')[0]).toBe(SIZES[name])
  })
})

it('renders the same from YAML and JSON', () => {
  expect(rendered(read('examples/shop-rollout.yaml')).spec).toEqual(rendered(read('examples/shop-rollout.json')).spec)
})

describe('a damaged export', () => {
  const texts = EXPORTS.map(read).map(text => text.slice(0, 20_000))
  const wild = fc.constantFrom(
    '',
    '"',
    "'",
    '{',
    '}',
    '[',
    ']',
    ':',
    '-',
    '\n',
    '\n---\n',
    '&a ',
    '*a',
    '\\',
    '0',
    'null',
    '\t',
    '\ud800',
  )
  const places = fc.array(fc.tuple(fc.nat(19_999), fc.nat(40), wild), { minLength: 1, maxLength: 4 })
  it('never throws', () => {
    const property = fc.property(fc.constantFrom(...texts), places, fc.nat(20_000), (text, edits, length) => {
      let damaged = text
      for (const [at, count, put] of edits) damaged = damaged.slice(0, at) + put + damaged.slice(at + count)
      const source = { name: 'x', bytes: Buffer.from(damaged.slice(0, length)) }
      const { value, diagnostics } = loadCluster([source])
      expect(value === undefined).toBe(diagnostics.some(d => d.severity === 'error'))
      if (value) render(value)
    })
    fc.assert(property, { numRuns: runs(1000) })
  }, 120_000)
  it('never throws with values of wrong types', () => {
    const objects = texts.length > 0 ? ((load(read(EXPORTS[1]!)) as Json).items as Json[]) : []
    const property = fc.property(fc.nat(objects.length - 1), fc.nat(), fc.jsonValue(), (i, seed, value) => {
      let left = seed % 60
      const damage = (v: unknown): unknown => {
        if (left-- === 0) return value
        if (Array.isArray(v)) return v.map(damage)
        if (typeof v !== 'object' || v === null) return v
        return Object.fromEntries(Object.entries(v).map(([k, x]) => [k, damage(x)]))
      }
      const text = JSON.stringify(list(damage(objects[i])))
      const result = loadCluster([{ name: 'x', bytes: Buffer.from(text) }])
      if (result.value) render(result.value)
    })
    fc.assert(property, { numRuns: runs(1000) })
  }, 120_000)
})
