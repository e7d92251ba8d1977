// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Edges } from '../src/compile/edges.ts'
import { CONFIG_MAPS, emptyImage, type Image } from '../src/datapath/image.ts'
import { diff } from '../src/plan/diff.ts'
import { simulate } from '../src/plan/simulate.ts'
import type { Spec } from '../src/spec/spec.ts'
import { edges } from './arbitrary/edges.ts'
import { smallSpec } from './arbitrary/transition.ts'
import { compileAt } from './build/compile.ts'
import { expectWorkingEdges } from './edge-prefixes.ts'
import { expectWorkingPrefixes } from './prefixes.ts'
import { runs } from './runs.ts'

const imageOf = (spec: Spec, edges?: Edges): Image => compileAt(spec, 'n1', edges).image

/** The image of a node that may have edges. */
const image = fc.tuple(smallSpec, edges).map(([spec, edges]) => imageOf(spec, edges))

test('every prefix of a plan is a working dataplane: each flow wholly old or wholly new', () => {
  fc.assert(
    fc.property(image, image, (from, to) => {
      expectWorkingPrefixes(from, to, diff(from, to).steps)
    }),
    { numRuns: runs(80) },
  )
})

test('every prefix of a plan serves packets: no gate misses a frontend, and a stale epoch never stands', () => {
  fc.assert(
    fc.property(image, image, (from, to) => {
      expectWorkingEdges(from, to, diff(from, to).steps)
    }),
    { numRuns: runs(80) },
  )
})

test('a plan reaches its image, and from any prefix a new plan does', () => {
  fc.assert(
    fc.property(image, image, fc.nat(), (from, to, cut) => {
      const { steps } = diff(from, to)
      expect(simulate(from, steps)).toEqual(to)
      const stopped = simulate(from, steps.slice(0, cut % (steps.length + 1)))
      expect(simulate(stopped, diff(stopped, to).steps)).toEqual(to)
    }),
    { numRuns: runs(300) },
  )
})

test('plan(S, S) is empty', () => {
  fc.assert(
    fc.property(smallSpec, edges, (spec, edges) => {
      expect(diff(imageOf(spec, edges), imageOf(structuredClone(spec), edges)).steps).toEqual([])
    }),
  )
})

test('whatever the kernel holds, a plan reaches the image', () => {
  const bytes = fc.string({ unit: 'binary-ascii', minLength: 4, maxLength: 24 })
  const hostile = fc.record(
    Object.fromEntries(CONFIG_MAPS.map(name => [name, fc.array(fc.tuple(bytes, bytes), { maxLength: 4 })])),
  )
  fc.assert(
    fc.property(image, image, hostile, fc.nat(), (observed, to, extra, drop) => {
      for (const name of CONFIG_MAPS) {
        if (!name.endsWith('_filter')) for (const [k, v] of extra[name]!) observed[name].set(k, v)
        for (const [i, key] of [...observed[name].keys()].entries())
          if ((i + drop) % 5 === 0) observed[name].delete(key)
      }
      expect(simulate(observed, diff(observed, to).steps)).toEqual(to)
    }),
    { numRuns: runs(300) },
  )
})

test('the peak is what the maps hold at most', () => {
  fc.assert(
    fc.property(image, image, (from, to) => {
      const { steps, peak } = diff(from, to)
      const most = Object.fromEntries(CONFIG_MAPS.map(name => [name, from[name].size])) as Record<string, number>
      let now = from
      for (const step of steps) {
        now = simulate(now, [step])
        for (const name of CONFIG_MAPS) most[name] = Math.max(most[name]!, now[name].size)
      }
      for (const name of CONFIG_MAPS) expect(peak[name]).toBe(most[name])
    }),
    { numRuns: runs(60) },
  )
})

test('one changed Service touches only its own frontends', () => {
  fc.assert(
    fc.property(smallSpec, fc.nat(), (spec, pick) => {
      fc.pre(spec.services.length > 0)
      const chosen = spec.services[pick % spec.services.length]!
      const changed = { ...spec, services: spec.services.map(s => (s === chosen ? { ...s, endpoints: [] } : s)) }
      const own = new Set(imageOf({ ...spec, services: [chosen] }).frontends.keys())
      const { steps } = diff(imageOf(spec), imageOf(changed))
      for (const step of steps) {
        expect(['frontends', 'pages', 'members']).toContain(step.map)
        if (step.map === 'frontends') expect(own.has(step.key)).toBe(true)
      }
    }),
  )
})

test('from nothing to nothing: an empty image is all that an empty spec needs', () => {
  const empty = imageOf({ nodes: [{ name: 'n1', addresses: [] }], services: [] })
  expect(diff(emptyImage(), empty).steps).toEqual([])
})
