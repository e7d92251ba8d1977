// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hasErrors } from '../../src/base/diagnostic.ts'
import { printDiagnostics } from '../../src/base/print-diagnostic.ts'
import { loadCluster } from '../../src/cluster/load.ts'
import { emptyImage } from '../../src/datapath/image.ts'
import { diff } from '../../src/plan/diff.ts'
import { render } from '../../src/render/render.ts'
import { changesBetween } from '../../src/report/change/changes.ts'
import { check } from '../../src/report/check/check.ts'
import { parseSpec } from '../../src/spec/parse.ts'
import { printYaml } from '../../src/spec/print.ts'
import { diagnose } from '../../src/spec/problem.ts'
import { mutation } from '../arbitrary/text.ts'
import { compileAt } from '../build/compile.ts'
import { run } from '../kernel/balancing.ts'
import { runs } from '../runs.ts'

const EXPORTS = ['examples/shop.yaml', 'examples/shop-rollout.json'].map(path =>
  readFileSync(path, 'utf8').slice(0, 30_000),
)
const shop = loadCluster([{ name: 'shop', bytes: readFileSync('examples/shop.yaml') }]).value!
const SPEC = printYaml(render(shop).spec)

/** All that render, validate and apply --dry-run do with a text before they touch the node. */
function dryRun(text: string): void {
  const loaded = loadCluster([{ name: 'fuzz', bytes: Buffer.from(text) }])
  printDiagnostics(loaded.diagnostics)
  if (loaded.value) printDiagnostics(render(loaded.value).diagnostics)
  const { value, diagnostics } = parseSpec(text, 'fuzz')
  printDiagnostics(diagnostics)
  expect(value !== undefined || hasErrors(diagnostics)).toBe(true)
  if (value) printDiagnostics(diagnose(check(value), text, 'fuzz'))
  for (const node of value?.nodes.slice(0, 1) ?? []) {
    const { image } = compileAt(value!, node.name)
    changesBetween(emptyImage(), image)
    diff(emptyImage(), image)
  }
}

test('10,000 random and mutated inputs: a result or diagnostics, never a crash', () => {
  const input = fc.oneof(
    { weight: 1, arbitrary: fc.string({ maxLength: 200 }) },
    { weight: 1, arbitrary: fc.json({ maxDepth: 5 }) },
    { weight: 4, arbitrary: mutation([SPEC.slice(0, 4000), ...EXPORTS.map(text => text.slice(0, 3000))]) },
  )
  fc.assert(fc.property(input, dryRun), { numRuns: runs(10_000) })
})

test('the real command, on whole mutated exports and specs: exit 0 or 3, and on exit 3 an empty stdout', async () => {
  const inputs = fc.sample(fc.tuple(mutation(EXPORTS), mutation([SPEC])), 25)
  for (const [exported, spec] of inputs) {
    const ran = [
      await run(['render', '--from', '-'], { input: exported }),
      await run(['validate', '-f', '-'], { input: spec }),
    ]
    for (const { code, stdout, stderr } of ran) {
      expect([0, 3], stderr).toContain(code)
      if (code === 3) expect(stdout).toBe('')
      if (code === 3) expect(stderr).toMatch(/error\[[a-z-]+\]/)
    }
  }
})
