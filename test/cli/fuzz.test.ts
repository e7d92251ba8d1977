import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hasErrors } from '../../src/base/diagnostic.ts'
import { printDiagnostics } from '../../src/base/print-diagnostic.ts'
import { loadCluster } from '../../src/cluster/load.ts'
import { compile } from '../../src/compile/compile.ts'
import { changesBetween } from '../../src/diff/changes.ts'
import { diff } from '../../src/diff/diff.ts'
import { emptyImage } from '../../src/image/image.ts'
import { render } from '../../src/render/render.ts'
import { parseSpec } from '../../src/spec/parse.ts'
import { printYaml } from '../../src/spec/print.ts'
import { run } from '../kernel/balancing.ts'

const EXPORTS = ['examples/shop.yaml', 'examples/shop-rollout.json'].map(path =>
  readFileSync(path, 'utf8').slice(0, 30_000),
)
const shop = loadCluster([{ name: 'shop', bytes: readFileSync('examples/shop.yaml') }]).value!
const SPEC = printYaml(render(shop).spec)

/** Cuts, repeats, moves and replaces pieces of a text, sometimes by things that mean something. */
function mutation(texts: readonly string[]): fc.Arbitrary<string> {
  const words = [
    'null',
    '~',
    '[]',
    '{}',
    '-1',
    '65536',
    '1e99',
    '"',
    "'",
    '\n',
    '\n---\n',
    ': ',
    '- ',
    '&a ',
    '*a',
    '::',
    '0.0.0.0',
    '\u0000',
    '\u2028',
    '💥',
  ]
  const edit = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    length: fc.nat(60),
    by: fc.oneof(fc.constantFrom(...words), fc.string({ maxLength: 8 }), fc.constant('')),
  })
  return fc.tuple(fc.constantFrom(...texts), fc.array(edit, { minLength: 1, maxLength: 6 })).map(([text, edits]) =>
    edits.reduce((t, { at, length, by }) => {
      const start = Math.floor(at * t.length)
      return t.slice(0, start) + by + t.slice(start + length)
    }, text),
  )
}

/** All that render and apply --dry-run do with a text before they touch the node. */
function dryRun(text: string): void {
  const loaded = loadCluster([{ name: 'fuzz', bytes: Buffer.from(text) }])
  printDiagnostics(loaded.diagnostics)
  if (loaded.value) printDiagnostics(render(loaded.value).diagnostics)
  const { value, diagnostics } = parseSpec(text, 'fuzz')
  printDiagnostics(diagnostics)
  expect(value !== undefined || hasErrors(diagnostics)).toBe(true)
  for (const node of value?.nodes.slice(0, 1) ?? []) {
    const { image } = compile(value!, node.name).value!
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
  fc.assert(fc.property(input, dryRun), { numRuns: 10_000 })
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
