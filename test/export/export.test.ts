// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Image } from '../../src/datapath/image.ts'
import { frontendKey } from '../../src/datapath/keys.ts'
import { structs } from '../../src/datapath/layout.gen.ts'
import { exportSpec } from '../../src/decompile/decompile.ts'
import { nameless } from '../../src/decompile/nameless.ts'
import { parseSpec } from '../../src/spec/parse.ts'
import { printYaml } from '../../src/spec/print.ts'
import type { Spec } from '../../src/spec/spec.ts'
import { arbitrarySpec } from '../arbitrary/spec.ts'
import { smallSpec } from '../arbitrary/transition.ts'
import { compileAt } from '../build/compile.ts'
import { service, specWith, vip } from '../kernel/specs.ts'
import { runs } from '../runs.ts'

const imageOf = (spec: Spec, node: string): Image => compileAt(spec, node).image

/** What a spec says of names and VIPs only: whatever else is exported comes from the maps. */
function namesOnly(spec: Spec): Spec {
  return { ...spec, services: spec.services.map(service => ({ ...service, endpoints: [], affinitySeconds: 77_777 })) }
}

/** Every export is a spec that we would take. */
function expectValid(spec: Spec): void {
  expect(parseSpec(printYaml(spec), 'exported').diagnostics).toEqual([])
}

/** In the maps :: and 0.0.0.0 stand for every node address, so nobody can tell such a VIP from a node port. */
const isTellable = ({ services }: Spec) =>
  services.every(
    s => ![...s.clusterIPs, ...s.externalIPs, ...s.loadBalancerIPs].some(a => a === '::' || a === '0.0.0.0'),
  )

const specs: [string, fc.Arbitrary<Spec>][] = [
  ['specs that meet', smallSpec],
  ['specs of anything', arbitrarySpec.filter(spec => spec.nodes.length > 0 && isTellable(spec))],
]

for (const [what, spec] of specs) {
  test(`${what}: what the maps hold, named by the saved spec, makes the same image again`, () => {
    fc.assert(
      fc.property(spec, spec => {
        const node = spec.nodes[0]!.name
        const image = imageOf(spec, node)
        const exported = exportSpec(image, node, namesOnly(spec))
        expect(imageOf(exported.spec, node)).toEqual(image)
        expectValid(exported.spec)
      }),
      { numRuns: runs(300) },
    )
  })

  test(`${what}: without a saved spec only the names are others`, () => {
    fc.assert(
      fc.property(spec, spec => {
        const node = spec.nodes[0]!.name
        const image = imageOf(spec, node)
        const exported = exportSpec(image, node, undefined)
        expect(nameless(imageOf(exported.spec, node))).toEqual(nameless(image))
        expectValid(exported.spec)
      }),
      { numRuns: runs(300) },
    )
  })
}

test('what is as it was saved is told as it was saved; the rest comes from the maps', () => {
  fc.assert(
    fc.property(smallSpec, smallSpec, (saved, now) => {
      const image = imageOf(now, 'n1')
      const { spec, rebuilt } = exportSpec(image, 'n1', saved)
      expect(nameless(imageOf(spec, 'n1'))).toEqual(nameless(image))
      const kept = spec.services.filter(s => !rebuilt.includes(`${s.namespace}/${s.name}`))
      for (const service of kept) expect(saved.services).toContainEqual(service)
    }),
    { numRuns: runs(200) },
  )
  fc.assert(
    fc.property(
      arbitrarySpec.filter(spec => spec.nodes.length > 0),
      spec => {
        const node = spec.nodes[0]!.name
        const exported = exportSpec(imageOf(spec, node), node, spec)
        expect([exported.rebuilt, exported.unnamed]).toEqual([[], 0])
        expect(printYaml(exported.spec)).toBe(printYaml(spec))
      },
    ),
  )
})

test('an address with a wrong check value is no cluster IP and no address of a node', () => {
  const spec = specWith(service(1, 'p12'))
  const image = imageOf(spec, 'n1')
  const damaged = new Map([...image.addresses].map(([key, value]) => [key, flipped(value)]))
  const exported = exportSpec({ ...image, addresses: damaged }, 'n1', undefined).spec
  expect(exported.nodes.flatMap(node => node.addresses)).toEqual([])
  expect(exported.services.flatMap(({ clusterIPs }) => clusterIPs)).not.toContain(vip(1))
  expect(exportSpec(image, 'n1', undefined).spec.services.flatMap(s => s.clusterIPs)).toContain(vip(1))
})

test('a frontend with a wrong check value is left out: the programs refuse it', () => {
  const given = specWith(service(1, 'p12'), service(2, 'p23'))
  const image = imageOf(given, 'n1')
  const key = frontendKey(vip(1), 80, 6)
  const value = image.frontends.get(key)!
  const at = structs.frontend.fields.flags.offset
  const other = value.slice(0, at) + String.fromCharCode(value.charCodeAt(at) ^ 1) + value.slice(at + 1)
  const frontends = new Map([...image.frontends, [key, other] as const])
  for (const saved of [undefined, given]) {
    const { spec } = exportSpec({ ...image, frontends }, 'n1', saved)
    expect(spec.services.flatMap(s => s.clusterIPs)).toEqual([vip(2)])
    expect(imageOf(spec, 'n1').frontends.has(key)).toBe(false)
    expectValid(spec)
  }
})

/** A value of `addresses` whose last byte, of the check value, is another one. */
function flipped(value: string): string {
  return value.slice(0, -1) + String.fromCharCode(value.charCodeAt(value.length - 1) ^ 1)
}
