// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { load } from 'js-yaml'
import { expect, test } from 'vitest'
import { loadCluster } from '../../src/cluster/load.ts'
import { compile } from '../../src/compile/compile.ts'
import { atNode, EXTERNAL } from '../../src/compile/viewpoint.ts'
import { render } from '../../src/render/render.ts'
import { parseSpec } from '../../src/spec/parse.ts'
import { printYaml } from '../../src/spec/print.ts'
import { runs } from '../runs.ts'

type Tree = Record<string, unknown> | unknown[]
const read = (name: string) => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8')
const SHOP = load(read('examples/shop.yaml')) as { items: object[] }

/** A field whose value etcd can hold in any form that its Go type has, and how to get there. */
interface Leaf {
  path: (string | number)[]
  value: string | number | boolean
}

/** Names are keys in etcd, so they cannot be anything. */
const NAMES = /^items\.\d+\.(apiVersion|kind|metadata\.(name|namespace))$/

function leavesOf(value: unknown, path: (string | number)[]): Leaf[] {
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).flatMap(([key, inner]) => leavesOf(inner, [...path, key]))
  }
  return NAMES.test(path.join('.')) ? [] : [{ path, value: value as Leaf['value'] }]
}

const LEAVES = leavesOf(SHOP, []).filter(({ path }) => path[0] === 'items')
const texts = fc.oneof(
  fc.constantFrom(
    '',
    'None',
    'Local',
    'X',
    '127.0.0.1',
    '0.0.0.0',
    '::',
    '224.0.0.1',
    '10.96.0.1',
    'host.example',
    '-1',
  ),
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.ipV4(),
  fc.ipV6(),
)
const numbers = fc.oneof(fc.constantFrom(0, -1, 80, 65536, 30080), fc.integer())
const valueLike = (value: Leaf['value']): fc.Arbitrary<Leaf['value']> => {
  if (typeof value === 'string') return texts
  return typeof value === 'number' ? numbers : fc.boolean()
}
const leaf: fc.Arbitrary<Leaf> = fc
  .constantFrom(...LEAVES)
  .chain(({ path, value }) => valueLike(value).map(other => ({ path, value: other })))

function put(tree: Tree, { path, value }: Leaf): void {
  let at = tree as Record<string | number, unknown>
  for (const step of path.slice(0, -1)) at = at[step] as typeof at
  at[path.at(-1)!] = value
}

test('no object that etcd can hold stops the render of a cluster, or makes a spec that a host cannot take', () => {
  fc.assert(
    fc.property(fc.array(leaf, { minLength: 1, maxLength: 30 }), leaves => {
      const odd = structuredClone(SHOP)
      for (const one of leaves) put(odd as unknown as Tree, one)
      const loaded = loadCluster([{ name: 'odd', bytes: Buffer.from(JSON.stringify(odd)) }])
      expect(loaded.diagnostics.filter(({ severity }) => severity === 'error')).toEqual([])
      const { spec, diagnostics } = render(loaded.value!)
      expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([])
      expect(parseSpec(printYaml(spec), 'spec').diagnostics).toEqual([])
      for (const viewpoint of [EXTERNAL, ...spec.nodes.slice(0, 1).map(atNode)]) compile(spec, viewpoint)
    }),
    { numRuns: runs(400) },
  )
})
