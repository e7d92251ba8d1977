// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { loadCluster } from '../../src/cluster/load.ts'
import { printFrontendsJson } from '../../src/compile/print.ts'
import { emptyImage } from '../../src/datapath/image.ts'
import { namesOf } from '../../src/node/names.ts'
import { diff } from '../../src/plan/diff.ts'
import { render } from '../../src/render/render.ts'
import { printSummary } from '../../src/render/summary.ts'
import { changedFrontends, describeChanges } from '../../src/report/change/changes.ts'
import { countFrontends, printTotals } from '../../src/report/change/print.ts'
import { reviewImages } from '../../src/report/review/between-images.ts'
import { printReviewText } from '../../src/report/review/print/text.ts'
import { revisionOf } from '../../src/spec/revision.ts'
import { compileAt } from '../build/compile.ts'

const { spec, summary } = render(loadCluster([{ name: 'shop.yaml', bytes: readFileSync('examples/shop.yaml') }]).value!)

/** The number before a word: `43 frontends`. */
function numberOf(word: RegExp, text: string): number {
  return Number(new RegExp(`([\\d,]+) ${word.source}`).exec(text)?.[1]?.replaceAll(',', ''))
}

describe.each(spec.nodes.map(({ name }) => name))('of a first apply on %s', node => {
  const compiled = compileAt(spec, node)
  const { image, frontends } = compiled
  const changed = changedFrontends(emptyImage(), image)
  const plan = diff(emptyImage(), image)

  test('render, compile and apply count the same frontends', () => {
    const counts = {
      render: numberOf(/frontends,/, printSummary(summary)),
      compile: JSON.parse([...printFrontendsJson(node, revisionOf(spec), frontends)].join('')).frontends.length,
      apply: numberOf(/frontends to add/, printTotals(changed, plan)),
      'apply of a new generation': countFrontends(image.frontends.keys()),
    }
    expect(new Set(Object.values(counts)), JSON.stringify(counts)).toEqual(new Set([summary.frontends]))
  })

  test('render and diff count the same Services', () => {
    const review = reviewImages(describeChanges(changed, emptyImage(), image), emptyImage(), image, namesOf(compiled))
    const shown = printReviewText(review)
    expect(numberOf(/services →/, printSummary(summary))).toBe(summary.services)
    expect(numberOf(/to add/, shown.slice(shown.lastIndexOf('Services: ')))).toBe(summary.services)
  })
})
