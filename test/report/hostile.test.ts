// SPDX-License-Identifier: Apache-2.0

import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { dump, load } from 'js-yaml'
import { describe, expect, test } from 'vitest'
import type { Diagnostic } from '../../src/base/diagnostic.ts'
import { formatJson } from '../../src/base/format-json.ts'
import { printDiagnostics } from '../../src/base/print-diagnostic.ts'
import { loadCluster } from '../../src/cluster/load.ts'
import { render } from '../../src/render/render.ts'
import { printSummary } from '../../src/render/summary.ts'
import { check } from '../../src/report/check/check.ts'
import { printReportGithub } from '../../src/report/check/print/github.ts'
import { printReportJson } from '../../src/report/check/print/json.ts'
import { printReportJunit } from '../../src/report/check/print/junit.ts'
import type { Report } from '../../src/report/check/report.ts'
import { specLinesIn } from '../../src/report/explain/answer/spec-lines.ts'
import { explain } from '../../src/report/explain/explain.ts'
import { printExplanation } from '../../src/report/explain/print/text.ts'
import { EXTERNAL_CLIENT, podOn } from '../../src/report/explain/question/client.ts'
import type { Subject } from '../../src/report/explain/question/subject.ts'
import { impactOnNodes, NODE_EFFECTS } from '../../src/report/impact/impact.ts'
import { reviewSpecs } from '../../src/report/review/between-specs.ts'
import { printReviewJson } from '../../src/report/review/print/json.ts'
import { printReviewMarkdown } from '../../src/report/review/print/markdown.ts'
import { printReviewText } from '../../src/report/review/print/text.ts'
import { printUnified } from '../../src/report/review/print/unified.ts'
import { normalise } from '../../src/spec/normalise.ts'
import { parseSpec, parseSpecFile } from '../../src/spec/parse.ts'
import { printJson, printYaml } from '../../src/spec/print.ts'
import { diagnose } from '../../src/spec/problem.ts'
import type { Spec } from '../../src/spec/spec.ts'
import { arbitraryDamage, arbitraryText } from '../arbitrary/hostile.ts'
import { arbitrarySpec } from '../arbitrary/spec.ts'
import { actsInLog, markupIn, xmlElements } from '../base/media.ts'
import { compileAt } from '../build/compile.ts'
import { runs } from '../runs.ts'

const MANY = { numRuns: runs(500) }

const EXPORT = load(readFileSync('examples/shop.yaml', 'utf8')) as { items: object[] }
/** Objects of each kind: fewer make smaller counterexamples. */
const objects = { ...EXPORT, items: EXPORT.items.filter((_, i) => i % 4 === 0) }
const spec: Spec = render(loadCluster([{ name: 'shop.yaml', bytes: Buffer.from(JSON.stringify(EXPORT)) }]).value!).spec

/** As JSON and as YAML. */
const written = (document: unknown, isYaml: boolean) => (isYaml ? dump(document) : JSON.stringify(document))

function expectInert(diagnostics: readonly Diagnostic[]): void {
  const text = printDiagnostics(diagnostics)
  expect(actsInLog(text)).toBe(false)
  const lines = diagnostics.map(d => 1 + (d.hint === undefined ? 0 : 1) + (d.place?.source === undefined ? 0 : 2))
  if (diagnostics.length > 0) expect(text.split('\n')).toHaveLength(lines.reduce((sum, n) => sum + n))
}

describe('an export of any JSON shape, with any text', () => {
  test('is rendered or has diagnostics; nothing throws, and no text acts', () => {
    const outcomes = { rendered: 0, refused: 0 }
    fc.assert(
      fc.property(arbitraryDamage(objects), arbitraryText, fc.boolean(), (document, name, isYaml) => {
        const { value, diagnostics } = loadCluster([{ name, bytes: Buffer.from(written(document, isYaml)) }])
        expectInert(diagnostics)
        outcomes[value ? 'rendered' : 'refused']++
        if (!value) return
        const result = render(value)
        expectInert(result.diagnostics)
        const summary = printSummary(result.summary)
        expect(actsInLog(summary)).toBe(false)
        if (result.diagnostics.some(d => d.severity === 'error')) return
        const text = printYaml(result.spec)
        expect(parseSpec(text, 'spec.yaml')).toEqual({ value: result.spec, diagnostics: [] })
      }),
      MANY,
    )
    expect(Math.min(...Object.values(outcomes))).toBeGreaterThan(0)
  })
})

describe('a spec of any JSON shape, with any text', () => {
  const text = printJson(spec)
  test('is read or has diagnostics; nothing throws, and no text acts in a medium of validate', () => {
    fc.assert(
      fc.property(arbitraryDamage(JSON.parse(text)), arbitraryText, fc.boolean(), (document, file, isYaml) => {
        const given = written(document, isYaml)
        const { value, diagnostics } = parseSpecFile(given, file)
        const found = value ? diagnose(check(value.spec), given, file) : []
        expectReportInert({
          file,
          spec: value?.spec,
          isExposure: false,
          diagnostics: [...diagnostics, ...found],
          strict: true,
        })
        if (value) for (const host of [value.spec.nodes[0]?.name ?? null, null]) compileAt(value.spec, host)
      }),
      MANY,
    )
  })
})

function expectReportInert(report: Report): void {
  expectInert(report.diagnostics)
  for (const line of printReportGithub(report).split('\n').slice(0, -1))
    expect(line).toMatch(/^::(error|warning) (,?[a-zA-Z]+=[^:,\p{Cc}\p{Cf}]*)+::[^\p{Cc}\p{Cf}]*$/u)
  const junit = printReportJunit(report)
  expect(actsInLog(junit)).toBe(false)
  expect(xmlElements(junit).slice(0, 2)).toEqual(['testsuites', 'testsuite'])
  expect(xmlElements(junit).filter(name => !ELEMENTS.has(name))).toEqual([])
  const json = printReportJson(report)
  expect(actsInLog(json)).toBe(false)
  expect(JSON.parse(json).diagnostics).toMatchObject(report.diagnostics.map(({ message }) => ({ message })))
}

const ELEMENTS = new Set(['testsuites', 'testsuite', 'testcase', 'failure', 'system-out', 'skipped'])

/** A valid spec, and one whose endpoints have other texts. */
const specs = fc.tuple(arbitrarySpec, fc.infiniteStream(arbitraryText)).map(([spec, texts]): [Spec, Spec] => {
  const next = () => texts.next().value
  const changed = spec.services.map(service => ({
    ...service,
    endpoints: service.endpoints.map(group => ({
      ...group,
      endpoints: group.endpoints.map(e => ({
        ...e,
        node: next(),
        zone: next(),
        forZones: [next()],
        forNodes: [next()],
      })),
    })),
  }))
  const nodes = spec.nodes.map(node => ({ ...node, zone: next() }))
  return [spec, normalise({ nodes, services: changed })]
})

test('no text of two specs and no name of a file acts in a review', () => {
  fc.assert(
    fc.property(specs, arbitraryText, ([old, now], file) => {
      const review = reviewSpecs(old, now)
      review.impact = impactOnNodes(old, now, NODE_EFFECTS)
      const sides = { old: { name: file, revision: 'a'.repeat(64) }, new: { name: `${file}2` } }
      expect(actsInLog(printReviewText(review))).toBe(false)
      const unified = printUnified(printYaml(old), printYaml(now), { old: file, new: `${file}2` })
      expect(actsInLog(unified)).toBe(false)
      const markdown = printReviewMarkdown(review, sides, unified)
      expect(actsInLog(markdown)).toBe(false)
      expect(markupIn(markdown)).toEqual([])
      const json = printReviewJson(review, sides)
      expect(actsInLog(json)).toBe(false)
      expect(JSON.parse(json)).toMatchObject({ ...sides, services: review.services.map(() => ({})) })
      expect(actsInLog(printJson(now))).toBe(false)
    }),
    MANY,
  )
})

test('no text of a spec and no name of a file acts in an explanation', () => {
  fc.assert(
    fc.property(specs, arbitraryText, ([, spec], file) => {
      const places = specLinesIn([{ spec, text: printYaml(spec), file, isExposure: false }])
      const clients = [EXTERNAL_CLIENT, ...spec.nodes.slice(0, 1).map(podOn)]
      const subjects: Subject[] = [
        ...spec.services.map(service => ({ kind: 'service', service }) as const),
        ...spec.nodes.map(node => ({ kind: 'node', node }) as const),
      ]
      for (const client of clients)
        for (const subject of subjects) {
          const explanation = explain({ what: file, subject, spec, places, client, without: [] })
          expect(actsInLog(printExplanation(explanation))).toBe(false)
          const json = formatJson(explanation)
          expect(actsInLog(json)).toBe(false)
          expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(explanation)))
        }
    }),
    MANY,
  )
})
