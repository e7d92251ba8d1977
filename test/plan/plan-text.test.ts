// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { diff } from '../../src/plan/diff.ts'
import { movedKeys, otherWrites, type PlanFile, writesBetween } from '../../src/plan/plan-file.ts'
import { isPlanText, parsePlan, printPlan } from '../../src/plan/plan-text.ts'
import { simulate } from '../../src/plan/simulate.ts'
import { printYaml } from '../../src/spec/print.ts'
import type { Spec } from '../../src/spec/spec.ts'
import { smallSpec } from '../arbitrary/transition.ts'
import { compileAt } from '../build/compile.ts'

const imageOf = (spec: Spec) => compileAt(spec, 'n1').image
const writesOf = (old: Spec, now: Spec) => writesBetween(imageOf(old), imageOf(now), map => `of ${map}`)

function planOf(old: Spec, now: Spec): PlanFile {
  const hash = '0123456789abcdef'.repeat(4)
  const fixed = {
    node: 'n1',
    programs: hash,
    base: { revision: hash, programs: hash },
    build: undefined,
    revision: hash,
    edges: printYaml(now).length % 2 === 0 ? [] : ['eth0', 'flannel.1'],
    pods: printYaml(now).length % 3 === 0 ? [] : ['cali1', 'cali2'],
    sockets: printYaml(now).length % 5 === 0 ? ('host' as const) : undefined,
  }
  return { ...fixed, summary: ['1 to change'], writes: writesOf(old, now), spec: printYaml(now) }
}

test('a plan is read as it was written', () => {
  fc.assert(
    fc.property(smallSpec, smallSpec, (old, now) => {
      const text = printPlan(planOf(old, now))
      expect(isPlanText(text)).toBe(true)
      expect(JSON.parse(text).kind).toBe('Plan')
      expect(parsePlan(text, 'plan.json')).toEqual({ value: planOf(old, now), diagnostics: [] })
      expect(isPlanText(printYaml(now))).toBe(false)
    }),
  )
})

test('whatever is changed by hand is refused, with the line', () => {
  fc.assert(
    fc.property(smallSpec, smallSpec, fc.nat(), fc.nat(), (old, now, where, edit) => {
      const lines = printPlan(planOf(old, now)).split('\n')
      // The last lines are the seal itself, and nothing.
      const at = where % (lines.length - 4)
      const edits = [
        () => lines.splice(at, 1, `${lines[at]} `),
        () => lines.splice(at, 1, lines[at]!.replace(/.$/, 'Q')),
        () => lines.splice(at, 1),
        () => lines.splice(at, 0, '    "more",'),
      ]
      edits[edit % edits.length]!()
      const text = lines.join('\n')
      const { value, diagnostics } = parsePlan(text, 'plan.json')
      expect(value).toBe(undefined)
      const [{ code, place }] = diagnostics as [(typeof diagnostics)[0]]
      if (code === 'plan-version') return
      expect(code).toBe('plan-damaged')
      // A line that is gone is missed where the next one stands; equal foreign cannot be told apart.
      expect(place!.line).toBeGreaterThanOrEqual(at + 1)
      if (edit % edits.length < 2) expect(place!.line).toBe(at + 1)
    }),
  )
})

test('a plan that was cut off, or whose seal was touched, is refused', () => {
  const spec: Spec = { nodes: [{ name: 'n1', addresses: ['192.168.50.1'] }], services: [] }
  const text = printPlan(planOf(spec, spec))
  const refused = (other: string) => parsePlan(other, 'plan.json').diagnostics.map(d => [d.code, d.place?.line])
  const lines = text.split('\n')
  expect(refused(text.slice(0, text.length / 2)).map(([code]) => code)).toEqual(['plan-damaged'])
  expect(refused(text.slice(0, -3))).toEqual([['plan-damaged', lines.length - 2]])
  expect(refused(text.replace(/"sha256": "./, '"sha256": "g'))).toEqual([['plan-damaged', lines.length - 1]])
  expect(refused(text.replace(/"lines": "..../, '"lines": "zzzz'))).toEqual([['plan-damaged', lines.length - 1]])
  expect(refused(text.replace('v1alpha1', 'v9'))).toEqual([['plan-version', undefined]])
})

test('no key moved exactly when the node holds what it held, and then the steps are the same', () => {
  fc.assert(
    fc.property(smallSpec, smallSpec, smallSpec, fc.boolean(), (old, other, now, isTouched) => {
      const base = imageOf(old)
      const later = isTouched ? imageOf(other) : simulate(base, [])
      const planned = writesBetween(base, imageOf(now), map => map)
      const moved = movedKeys(
        planned,
        writesBetween(later, imageOf(now), map => map),
      )
      const isSame = writesBetween(base, later, map => map).length === 0
      expect(moved.length === 0).toBe(isSame)
      if (isSame) expect(diff(later, imageOf(now))).toEqual(diff(base, imageOf(now)))
      for (const { was, now } of moved) expect(was).not.toBe(now)
    }),
  )
})

test('a plan of which another build would make something else says so', () => {
  fc.assert(
    fc.property(smallSpec, smallSpec, smallSpec, (old, now, other) => {
      const [base, planned] = [imageOf(old), writesOf(old, now)]
      const present = writesBetween(base, imageOf(other), map => map)
      const isSame = writesBetween(imageOf(now), imageOf(other), map => map).length === 0
      expect([...movedKeys(planned, present), ...otherWrites(planned, present)].length === 0).toBe(isSame)
    }),
  )
})

test('so it does where only the value of a key that it names is another', () => {
  const write = { map: 'frontends', key: '0a', about: 'shop/cart', was: '01', is: '02' } as const
  expect(movedKeys([write], [{ ...write, is: '03' }])).toEqual([])
  expect(otherWrites([write], [{ ...write, is: '03' }]).map(({ about, is }) => [about, is])).toEqual([
    ['shop/cart', '03'],
  ])
  expect(otherWrites([write], [write])).toEqual([])
})
