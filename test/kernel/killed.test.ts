// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { affinityEntries } from '../../src/bpf/generation/capacity.ts'
import type { Image } from '../../src/datapath/image.ts'
import { type Changeset, isEmpty, planChangeset } from '../../src/node/changeset.ts'
import { inspectNode } from '../../src/node/inspect-node.ts'
import { diff } from '../../src/plan/diff.ts'
import type { Step } from '../../src/plan/plan.ts'
import { simulate } from '../../src/plan/simulate.ts'
import { printYaml } from '../../src/spec/print.ts'
import { revisionOf } from '../../src/spec/revision.ts'
import type { Spec } from '../../src/spec/spec.ts'
import { walk } from '../arbitrary/walk.ts'
import { compileAt } from '../build/compile.ts'
import { inside, run } from './balancing.ts'
import { PROGRAMS } from './capable.ts'
import { type Moment, runUntil } from './killable.ts'
import { SEED, SOAK } from './scale.ts'
import { describeKernel } from './suite.ts'
import { CROWD, DIALS, metBy, ROWS, resultsOf, WALK_WORLD, withoutRanges, withRanges } from './walk-world.ts'
import { createWorld, type World } from './world.ts'

/** Plans that are killed at every write: of those with no more writes than this, the most varied. */
const PLANS = SOAK ? 200 : 8
const LONGEST = 24
/** Of the writes that build and attach a generation, each so many-th. */
const EVERY = SOAK ? 1 : 10
const RANDOM_KILLS = SOAK ? 200 : 5

/** A spec, as the command reads it and as n1 should serve it. */
interface Wanted {
  what: string
  spec: Spec
  file: string
  image: Image
}

describeKernel(`apply, killed, by seed ${SEED}`, () => {
  let world: World
  let folder: string
  beforeAll(async () => {
    world = await createWorld(WALK_WORLD)
    folder = mkdtempSync(join(tmpdir(), 'balancing-killed-'))
  })
  afterAll(async () => {
    if (world) await run(['cleanup', ...inside(world)])
    await world?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  function want(what: string, spec: Spec): Wanted {
    const file = join(mkdtempSync(join(folder, 'spec-')), 'spec.yaml')
    writeFileSync(file, printYaml(spec))
    return { what, spec, file, image: compileAt(spec, 'n1').image }
  }

  const args = ({ file }: Wanted) => ['apply', '-f', file, '--node', 'n1', '--force', ...inside(world)]
  const isKilled = (to: Wanted, moment: Moment) => runUntil(moment, folder, world.netns('n1'), args(to))

  async function apply(to: Wanted): Promise<void> {
    const { code, stderr } = await run(args(to), { netns: world.netns('n1') })
    expect(code, `${to.what}: ${stderr}`).toBe(0)
  }

  async function startFrom(spec: Wanted): Promise<void> {
    await run(['cleanup', ...inside(world)])
    await apply(spec)
  }

  /** What the next apply would find and do. */
  async function nextWork({ spec, image }: Wanted): Promise<Changeset> {
    const node = await inspectNode({ pinDir: `${world.pins}/balancing`, cgroup: world.cgroup, object: PROGRAMS })
    return planChangeset(node, image, revisionOf(spec))
  }

  /** Every frontend meets what one of the two has for it, and nothing of the other. */
  async function expectOldOrNew(old: Wanted, now: Wanted, where: string): Promise<void> {
    const calls = DIALS.map(row => ({ ...row, tries: 2 }))
    const outcomes = await world.dial('n1', calls)
    const strange = DIALS.flatMap((row, i) => {
      const met = metBy(outcomes[i]!)
      const isOf = ({ image }: Wanted) => met.every(result => resultsOf(image, row).has(result))
      return isOf(old) || isOf(now) ? [] : [{ ...row, met }]
    })
    expect(strange, where).toEqual([])
  }

  it(`after every write of ${PLANS} random plans: each frontend is old or new, and the next apply goes on`, async () => {
    const specs = walk(SEED, 10 * PLANS).map(({ change, spec }) => want(change, withoutRanges(spec)))
    // Once there is room for affinity, all of them are updates in place.
    await startFrom(specs.find(({ image }) => affinityEntries(image) > 1)!)
    const pairs = specs
      .slice(1)
      .map((there, i) => ({ here: specs[i]!, there, steps: diff(specs[i]!.image, there.image).steps }))
      .filter(({ steps }) => steps.length > 0 && steps.length <= LONGEST)
      .sort((a, b) => mapsIn(b.steps) - mapsIn(a.steps))
      .slice(0, PLANS)
    expect(pairs).toHaveLength(PLANS)
    for (const { here, there, steps } of pairs) {
      const { length } = steps
      await apply(here)
      let kills = 0
      // What comes after the last write (finish_handover) may be killed for ever, and changes nothing.
      while (!isEmpty(await nextWork(there)) && (await isKilled(there, { writes: 1 }))) {
        const where = `${here.what}, then ${there.what}: after ${++kills} of ${length} writes and the revision`
        expect(kills, where).toBeLessThanOrEqual(length + 1)
        const { observed, desired, plan, rebuild } = await nextWork(there)
        const mixed = ROWS.filter(row => {
          const now = resultsOf(observed!, row)
          return ![here, there].some(({ image }) => isSame(resultsOf(image, row), now))
        })
        expect([mixed, rebuild], where).toEqual([[], undefined])
        expect(simulate(observed!, plan.steps), where).toEqual(desired)
        await expectOldOrNew(here, there, where)
      }
      expect(kills, there.what).toBeGreaterThanOrEqual(length - 1)
      await apply(there)
      expect(isEmpty(await nextWork(there)), there.what).toBe(true)
    }
  }, 14_400_000)

  it('while a generation is built and takes over: each frontend is old or new, and the next apply finishes', async () => {
    const specs = walk(SEED, 200).map(({ spec }) => spec)
    const sticky = specs.map(spec => withAffinity(withoutRanges(spec), 60)).find(remembers)!
    const plain = withAffinity(sticky, undefined)
    const upheavals = [
      [want('no affinity', plain), want('affinity', sticky)],
      [want('no ranges', sticky), want('ranges', withRanges(specs.at(-1)!))],
      [want('ranges', withRanges(specs.at(-1)!)), want('no ranges', sticky)],
      [want('small', plain), want('a crowd', { ...plain, services: [...CROWD, ...plain.services] })],
    ] as const
    for (const [here, there] of upheavals) {
      let kills = 0
      for (let writes = Math.floor(Math.random() * EVERY); ; writes += EVERY) {
        await startFrom(here)
        if (!(await isKilled(there, { writes }))) break
        const where = `${here.what}, then ${there.what}: after ${writes} writes`
        await expectOldOrNew(here, there, where)
        await apply(there)
        await expectOldOrNew(there, there, where)
        expect(isEmpty(await nextWork(there)), where).toBe(true)
        kills++
      }
      // Making, filling, loading, attaching, detaching.
      expect(kills, there.what).toBeGreaterThan(15 / EVERY)
    }
  }, 14_400_000)

  it(`at ${RANDOM_KILLS} random moments: each frontend is old or new, and the next apply finishes`, async () => {
    const [first, ...specs] = walk(SEED, 5 * RANDOM_KILLS).map(({ change, spec }) => want(change, spec))
    let here = first!
    await startFrom(here)
    let kills = 0
    // An apply takes about this long.
    let took = 0
    for (const there of specs) {
      const ms = Math.random() * took
      const where = `${here.what}, then ${there.what}: after ${ms.toFixed(0)} ms`
      if (took > 0 && (await isKilled(there, { ms }))) kills++
      await expectOldOrNew(here, there, where)
      const started = performance.now()
      await apply(there)
      took = performance.now() - started
      expect(isEmpty(await nextWork(there)), where).toBe(true)
      here = there
      if (kills === RANDOM_KILLS) break
    }
    expect(kills).toBe(RANDOM_KILLS)
  }, 14_400_000)
})

function withAffinity(spec: Spec, affinitySeconds: number | undefined): Spec {
  const services = spec.services.map(({ affinitySeconds: _, ...service }) =>
    affinitySeconds === undefined ? service : { ...service, affinitySeconds },
  )
  return { ...spec, services }
}

/** Is there anything to remember under a spec? */
function remembers(spec: Spec): boolean {
  return affinityEntries(compileAt(spec, 'n1').image) > 1
}

/** How many different maps are written, and in how many ways. */
function mapsIn(steps: readonly Step[]): number {
  return new Set(steps.map(({ map, op }) => `${op} ${map}`)).size
}

function isSame(a: ReadonlySet<number>, b: ReadonlySet<number>): boolean {
  return a.size === b.size && [...a].every(result => b.has(result))
}
