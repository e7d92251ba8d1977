// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Compilation } from '../../src/compile/compilation.ts'
import { compile } from '../../src/compile/compile.ts'
import { NO_EDGES } from '../../src/compile/edges.ts'
import { atNode, EXTERNAL, type Viewpoint } from '../../src/compile/viewpoint.ts'
import { perMap } from '../../src/datapath/delta.ts'
import { emptyImage, type Image } from '../../src/datapath/image.ts'
import { batchText } from '../../src/plan/batch.ts'
import { diff } from '../../src/plan/diff.ts'
import type { Plan } from '../../src/plan/plan.ts'
import { planOf } from '../../src/plan/plan-of.ts'
import { servingIn } from '../../src/report/change/losses.ts'
import { serviceKey } from '../../src/spec/name.ts'
import type { Service, Spec } from '../../src/spec/spec.ts'
import { historyWithEdges, type Moment } from '../arbitrary/history.ts'
import { NODES } from '../arbitrary/transition.ts'
import { expectWorkingPrefixes } from '../prefixes.ts'
import { runs } from '../runs.ts'

const VIEWPOINTS: [string, Viewpoint][] = [
  ['a node', atNode(NODES[0]!)],
  ['a host outside the cluster', EXTERNAL],
]

/** One step of a compilation: the images before and after by full compile, and the plan that the compilation has. */
interface Moved {
  from: Image
  to: Image
  plan: Plan
}

/** Follows a history step by step, by full compile and by change. */
function* follow(
  moments: readonly Moment[],
  start: Viewpoint,
): Iterable<Moved & Moment & { compilation: Compilation }> {
  const compilation = new Compilation(start)
  let from = emptyImage()
  let before: Moment = { spec: { nodes: [], services: [] }, edges: NO_EDGES }
  for (const { spec, edges } of moments) {
    compilation.change({ ...changeBetween(before.spec, spec), ...(edges === before.edges ? {} : { edges }) })
    const to = compile(spec, compilation.viewpoint, edges).image
    yield { from, to, plan: planOf(compilation.takeDelta()), compilation, spec, edges }
    from = to
    before = { spec, edges }
  }
}

function changeBetween(old: Spec, now: Spec): Parameters<Compilation['change']>[0] {
  const services = new Map<string, Service | undefined>(old.services.map(service => [serviceKey(service), undefined]))
  const before = new Map(old.services.map(service => [serviceKey(service), JSON.stringify(service)]))
  for (const service of now.services) {
    const key = serviceKey(service)
    if (before.get(key) === JSON.stringify(service)) services.delete(key)
    else services.set(key, service)
  }
  return JSON.stringify(old.nodes) === JSON.stringify(now.nodes) ? { services } : { services, nodes: now.nodes }
}

const REFS = perMap(map => `pinned /${map}`)

for (const [name, viewpoint] of VIEWPOINTS) {
  test(`${name}: after any changes the image, frontends and counts are those of a full compile`, () => {
    fc.assert(
      fc.property(historyWithEdges, moments => {
        for (const { compilation, spec, to } of follow(moments, viewpoint)) {
          expect(compilation.image).toEqual(to)
          expect(compilation.frontends()).toEqual(compile(spec, compilation.viewpoint).frontends)
          expect(compilation.serving).toBe(servingIn(to).size)
        }
      }),
      { numRuns: runs(150) },
    )
  })

  test(`${name}: the plan of a change is, byte for byte, that between the full images`, () => {
    fc.assert(
      fc.property(historyWithEdges, moments => {
        for (const { from, to, plan } of follow(moments, viewpoint)) {
          const full = diff(from, to)
          expect(plan).toEqual(full)
          expect(batchText(plan.steps, REFS).equals(batchText(full.steps, REFS))).toBe(true)
        }
      }),
      { numRuns: runs(150) },
    )
  })
}

test('every prefix of the plan of a change is a working dataplane', () => {
  fc.assert(
    fc.property(historyWithEdges, moments => {
      for (const { from, to, plan } of follow(moments, atNode(NODES[0]!))) expectWorkingPrefixes(from, to, plan.steps)
    }),
    { numRuns: runs(20) },
  )
})

test('a plan does not depend on the order of entries in the images', () => {
  const shuffled = (image: Image): Image =>
    Object.fromEntries(
      Object.entries(image).map(([map, entries]) => [map, new Map([...entries].toReversed())]),
    ) as Image
  fc.assert(
    fc.property(historyWithEdges, moments => {
      for (const { from, to } of follow(moments, EXTERNAL))
        expect(diff(shuffled(from), shuffled(to))).toEqual(diff(from, to))
    }),
    { numRuns: runs(50) },
  )
})
