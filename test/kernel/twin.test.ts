// SPDX-License-Identifier: Apache-2.0
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Image } from '../../src/datapath/image.ts'
import { printYaml } from '../../src/spec/print.ts'
import type { Service, Spec } from '../../src/spec/spec.ts'
import { walk } from '../arbitrary/walk.ts'
import { compileAt } from '../build/compile.ts'
import { inside, run } from './balancing.ts'
import { type CallRecord, startLoad } from './load.ts'
import { SEED } from './scale.ts'
import { describeKernel } from './suite.ts'
import { ROWS, resultsOf, WALK_WORLD, withoutRanges } from './walk-world.ts'
import { createWorld, type World } from './world.ts'

const THREADS = 4
const CALL_MS = 1000
/** So many calls for each backend that one is missed by chance in less than one run in 10⁸. */
const ENOUGH = 25

/** Specs that have little to do with each other. With affinity this one client would meet one backend. */
const SPECS = walk(SEED, 150)
  .filter((_, i) => i % 30 === 29)
  .map(({ spec }) => ({
    ...spec,
    services: spec.services.map(({ affinitySeconds: _, ...service }): Service => service),
  }))

describeKernel(`the programs and their twin, by seed ${SEED}`, () => {
  let world: World
  beforeAll(async () => {
    world = await createWorld(WALK_WORLD)
  })
  afterAll(() => world?.close())

  it.each(SPECS.map((spec, i) => ({ spec, i })))('agree on a node, spec $i', async ({ spec }) => {
    await put(spec, '--node', 'n1')
    await expectAgreement(compileAt(spec, 'n1').image)
  })

  it.each(SPECS.map((spec, i) => ({ spec, i })))('agree on a host outside, spec $i', async ({ spec }) => {
    // A host outside is held to its source address, which is another one for each backend here: sources.test.ts has that.
    const open = withoutRanges(spec)
    await put(open, '--external')
    await expectAgreement(compileAt(open, null).image)
  })

  async function put(spec: Spec, ...place: string[]): Promise<void> {
    const args = ['apply', '-f', '-', ...place, ...inside(world), '--force']
    const { stderr, code } = await run(args, { input: printYaml(spec), netns: world.netns('n1') })
    expect(code, stderr).toBe(0)
  }

  /** Nothing that the twin does not allow; and of a row that was called often enough, all that it does. */
  async function expectAgreement(image: Image): Promise<void> {
    const load = startLoad(world, 'n1', THREADS, ROWS)
    await sleep(CALL_MS)
    const met = byRow(await load.stop())
    const problems = ROWS.flatMap((row, i) => {
      const [got, may] = [met.get(i)!, resultsOf(image, row)]
      const wrong = [...got.results].filter(result => !may.has(result))
      const isSilent = got.calls >= ENOUGH * may.size && got.results.size < may.size
      return wrong.length > 0 || isSilent ? [`${JSON.stringify(row)}: ${[...got.results]}, not ${[...may]}`] : []
    })
    expect(problems).toEqual([])
    expect([...met.values()].reduce((sum, { calls }) => sum + calls, 0)).toBeGreaterThan(ROWS.length * 2)
  }
})

function byRow(records: Iterable<CallRecord>): Map<number, { calls: number; results: Set<number> }> {
  const met = new Map(ROWS.map((_, i) => [i, { calls: 0, results: new Set<number>() }]))
  for (const { row, result } of records) {
    met.get(row)!.calls++
    met.get(row)!.results.add(result)
  }
  return met
}
