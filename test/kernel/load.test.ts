// SPDX-License-Identifier: Apache-2.0
import { hash } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Spec } from '../../src/spec/spec.ts'
import { NODES } from '../arbitrary/transition.ts'
import { walk } from '../arbitrary/walk.ts'
import { type Judgement, judge, type Reign } from './judge.ts'
import { startLoad } from './load.ts'
import { SEED, SOAK } from './scale.ts'
import { describeKernel } from './suite.ts'
import { CROWD, ROWS, resultsOf, WALK_WORLD, withoutRanges, withRanges } from './walk-world.ts'
import { createWorld, type World } from './world.ts'
import { type Applied, type How, Writer } from './writer.ts'

const THREADS = 8
const TRANSITIONS = SOAK ? 10_000 : 2500
/** One transition in so many pauses somewhere in the middle. */
const PAUSING = 4
/**
 * So often a crowd of Services comes and goes, all source ranges come or go, and the programs are replaced by those of
 * another build.
 */
const UPHEAVALS = SOAK ? 16 : 4

describeKernel(`under load, by seed ${SEED}`, () => {
  let world: World
  let writer: Writer
  beforeAll(async () => {
    world = await createWorld(WALK_WORLD)
    writer = await Writer.open(world)
  })
  afterAll(async () => {
    await writer?.close()
    await world?.close()
  })

  it(`${TRANSITIONS} transitions lose nothing: every call meets the old spec or the new one`, async () => {
    const reigns: Reign[] = []
    const rebuilds: string[] = []
    const put = async (what: string, spec: Spec, how: How = {}) => {
      const applied = await writer.apply(spec, how)
      if (reigns.length > 0) reigns.at(-1)!.to = applied.done
      reigns.push(reignOf(applied, `${reigns.length}: ${what}`))
      if (applied.rebuild !== undefined) rebuilds.push(applied.rebuild)
    }
    let season = withoutRanges
    await put('nothing', { nodes: NODES, services: [] })
    const load = startLoad(world, 'n1', THREADS, ROWS)
    for (const [i, { change, spec }] of walk(SEED, TRANSITIONS).entries()) {
      await put(change, season(spec), i % PAUSING === 0 ? { pause: Math.random() } : {})
      if (i % (TRANSITIONS / UPHEAVALS) !== 0) continue
      await put('a crowd comes', season({ ...spec, services: [...CROWD, ...spec.services] }))
      await put('the crowd goes', season(spec))
      season = season === withRanges ? withoutRanges : withRanges
      await put('ranges come or go', season(spec))
      await put('other programs', season(spec), { programs: hash('sha256', String(i)) })
    }
    const judgement = judge(await load.stop(), reigns)
    expect(wrongCalls(judgement)).toEqual([])
    expect(await writer.deviations()).toEqual([])
    expect(rebuilds.filter(why => /^addresses needs \d+ entries/.test(why))).toHaveLength(UPHEAVALS)
    expect(rebuilds.filter(why => why === 'programs of another build')).toHaveLength(UPHEAVALS)
    expect(rebuilds.filter(why => why === 'source ranges change which programs are needed')).toHaveLength(UPHEAVALS)
    expect(rebuilds).toContain('affinity needs room to remember')
    // The transitions were met by calls.
    expect(judgement.calls).toBeGreaterThan(10 * TRANSITIONS)
    expect(judgement.during.filter(calls => calls > 0).length).toBeGreaterThan(TRANSITIONS / 2)
  }, 1_800_000)
})

function reignOf({ begun, image }: Applied, what: string): Reign {
  const known = new Map<number, Set<number>>()
  const allows = (row: number, result: number) => {
    const results = known.get(row) ?? resultsOf(image, ROWS[row]!)
    known.set(row, results)
    return results.has(result)
  }
  return { from: begun, to: Number.POSITIVE_INFINITY, what, allows }
}

/** In words; the first twenty. */
function wrongCalls({ wrong }: Judgement): string[] {
  return wrong.slice(0, 20).map(({ record, met }) => {
    const { family, mode, address, port } = ROWS[record.row]!
    const result = record.result < 0 ? `errno ${-record.result}` : `backend ${record.result}`
    return `${mode} over IPv${family} to ${address} port ${port}: ${result} during ${met.join(', ')}`
  })
}
