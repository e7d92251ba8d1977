// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { namesOf } from '../../src/node/names.ts'
import { changesBetween } from '../../src/report/change/changes.ts'
import { impactOnNodes, NODE_EFFECTS } from '../../src/report/impact/impact.ts'
import { reviewImages } from '../../src/report/review/between-images.ts'
import { reviewSpecs } from '../../src/report/review/between-specs.ts'
import { printReviewJson } from '../../src/report/review/print/json.ts'
import { printReviewMarkdown } from '../../src/report/review/print/markdown.ts'
import { printReviewText } from '../../src/report/review/print/text.ts'
import { printUnified } from '../../src/report/review/print/unified.ts'
import { isEqual, RISKS } from '../../src/report/review/review.ts'
import { printYaml } from '../../src/spec/print.ts'
import { revisionOf } from '../../src/spec/revision.ts'
import type { Spec } from '../../src/spec/spec.ts'
import { arbitrarySpec } from '../arbitrary/spec.ts'
import { smallSpec } from '../arbitrary/transition.ts'
import { compileAt } from '../build/compile.ts'
import { service, specWith } from '../kernel/specs.ts'
import { patched } from './patched.ts'

/** Two specs that have much in common, and two that have little. */
const pair = fc.oneof(fc.tuple(smallSpec, smallSpec), fc.tuple(arbitrarySpec, arbitrarySpec), arbitraryMix())

/** Services of one spec among those of another. */
function arbitraryMix(): fc.Arbitrary<[Spec, Spec]> {
  return fc.tuple(arbitrarySpec, fc.infiniteStream(fc.boolean())).map(([spec, coins]) => {
    const services = spec.services.filter(() => coins.next().value)
    return [spec, { nodes: spec.nodes, services }]
  })
}

const FILES = { old: 'old.yaml', new: 'new.yaml' }

test('a review is empty exactly when the texts are equal, and its risks are in order', () => {
  fc.assert(
    fc.property(pair, ([old, now]) => {
      const review = reviewSpecs(old, now)
      expect(isEqual(review)).toBe(printYaml(old) === printYaml(now))
      expect(isEqual(reviewSpecs(now, structuredClone(now)))).toBe(true)
      const risks = review.services.map(({ risk }) => RISKS.indexOf(risk))
      expect(risks).toEqual([...risks].sort())
      for (const line of printReviewText(review).split('\n')) expect(line).not.toMatch(/ $/)
    }),
  )
})

test('the full text is a patch: applied to the old text it gives the new one', () => {
  fc.assert(
    fc.property(pair, ([old, now]) => {
      const [before, after] = [printYaml(old), printYaml(now)]
      expect(patched(before, printUnified(before, after, FILES))).toBe(after)
    }),
  )
})

test('the parts of a full text, one after the other, give the whole change', () => {
  fc.assert(
    fc.property(pair, ([old, now]) => {
      const lines = (text: string) => text.split('\n').filter(line => /^[-+](?!-- |\+\+ )/.test(line))
      const [before, after] = [printYaml(old), printYaml(now)]
      const part = (name: 'exposure' | 'endpoints') => lines(printUnified(before, after, FILES, name))
      const whole = lines(printUnified(before, after, FILES))
      expect([...part('exposure'), ...part('endpoints')].sort()).toEqual(whole.sort())
    }),
  )
})

test('JSON is what its schema says', () => {
  const valid = new Ajv({ allowUnionTypes: true }).compile(
    JSON.parse(readFileSync('schema/review.v1alpha1.json', 'utf8')),
  )
  fc.assert(
    fc.property(pair, ([old, now]) => {
      const review = { ...reviewSpecs(old, now), impact: impactOnNodes(old, now, NODE_EFFECTS) }
      const side = (spec: Spec) => ({ name: 'spec.yaml', revision: revisionOf(spec) })
      const document = JSON.parse(printReviewJson(review, { old: side(old), new: side(now) }))
      expect(valid(document) ? [] : valid.errors).toEqual([])
      expect(document.equal).toBe(isEqual(review))
    }),
  )
})

test('a comment is never longer than it may be, and says what it cut', () => {
  fc.assert(
    fc.property(pair, fc.integer({ min: 2500, max: 6000 }), ([old, now], most) => {
      const review = { ...reviewSpecs(old, now), impact: impactOnNodes(old, now, NODE_EFFECTS) }
      const sides = { old: { name: 'a' }, new: { name: 'b' } }
      const unified = printUnified(printYaml(old), printYaml(now), FILES)
      const whole = printReviewMarkdown(review, sides, unified, 1_000_000)
      const text = printReviewMarkdown(review, sides, unified, most)
      expect(text.length).toBeLessThanOrEqual(most)
      expect(whole).not.toContain('cut here')
      expect(text === whole || text.includes('cut here')).toBe(true)
      expect(text.split('<details>').length).toBe(text.split('</details>').length)
    }),
  )
})

test('what a node loses by its image is told Service by Service, none left out', () => {
  fc.assert(
    fc.property(smallSpec, smallSpec, (old, now) => {
      const [before, after] = [compileAt(old, 'n1'), compileAt(now, 'n1')]
      const changes = changesBetween(before.image, after.image)
      const names = namesOf(before, after)
      const { services } = reviewImages(changes, before.image, after.image, names)
      const touched = new Set(changes.map(change => names(change.key)!.split(':', 1)[0]))
      expect(services.map(({ service }) => service).sort()).toEqual([...touched].sort())
      const nameless = reviewImages(changes, before.image, after.image, () => undefined)
      expect(nameless.services.length).toBe(changes.length)
    }),
  )
})

test('also what means the same is told, when the text differs', () => {
  const one = specWith(service(1, 'p12', 'p13'))
  const group = one.services[0]!.endpoints[0]!
  const split = group.endpoints.map(endpoint => ({ ...group, endpoints: [endpoint] }))
  const other = { ...one, services: [{ ...one.services[0]!, endpoints: split }] }
  expect(printReviewText(reviewSpecs(one, other))).toBe(
    '  ~ default/s00001  endpoints in another order\nServices: 1 to change\n',
  )
})
