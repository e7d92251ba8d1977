// SPDX-License-Identifier: Apache-2.0
import { existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { History } from '../../src/node/history/history.ts'
import { printYaml } from '../../src/spec/print.ts'
import { revisionOf, specHash } from '../../src/spec/revision.ts'
import type { Spec } from '../../src/spec/spec.ts'
import { inside, type Ran, run } from './balancing.ts'
import { runUntil } from './killable.ts'
import { service, specWith, vip } from './specs.ts'
import { describeKernel } from './suite.ts'
import { stateOf } from './traces.ts'
import { createWorld, type World } from './world.ts'

const exposing = (affinitySeconds: number, pod: string): Spec =>
  specWith({ ...service(1, pod), affinitySeconds }, service(2, 'p23'))
const [ONE, TWO, THREE] = [exposing(1, 'p12'), exposing(2, 'p13'), exposing(3, 'p14')]
const shortRevision = (spec: Spec) => revisionOf(spec).slice(0, 12)

describeKernel('rollback and history', () => {
  let world: World
  let folder: string
  beforeAll(async () => {
    world = await createWorld()
    folder = mkdtempSync(join(tmpdir(), 'balancing-rollback-'))
  })
  afterEach(() => run(['cleanup', ...inside(world)]))
  afterAll(async () => {
    await world?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const applying = (spec: Spec, ...flags: string[]) => {
    const file = join(mkdtempSync(join(folder, 'spec-')), 'spec.yaml')
    writeFileSync(file, printYaml(spec))
    return ['apply', '-f', file, '--node', 'n1', ...inside(world), ...flags]
  }
  const succeed = async (...args: string[]) => {
    const { code, stderr, stdout } = await run(args)
    expect([code, stderr]).toEqual([0, ''])
    return stdout
  }
  const apply = (...specs: Spec[]) =>
    specs.reduce<Promise<unknown>>((before, spec) => before.then(() => succeed(...applying(spec))), Promise.resolve())
  const rollback = (...flags: string[]) => run(['rollback', ...inside(world), ...flags])
  const expectRefused = ({ code, stdout, stderr }: Ran, exitCode: number, sentence: RegExp) => {
    expect(stderr).toMatch(sentence)
    expect([stdout, code]).toEqual(['', exitCode])
  }
  /** Who answers at a Service. */
  async function ask(n = 1): Promise<string[]> {
    const call = { family: 4, mode: 'tcp', address: vip(n), port: 80, tries: 5, timeoutMs: 300 } as const
    const [outcome] = await world.dial('p11', [call])
    return [...Object.keys(outcome!.identities), ...Object.keys(outcome!.errors)]
  }
  const history = async () => JSON.parse(await succeed('history', '-o', 'json', ...inside(world)))

  it('goes to the exposure before with the endpoints of today, and from there back again; the bad one stays away', async () => {
    await apply(ONE, TWO)
    const shown = (await rollback('--dry-run')).stdout
    expect(shown).toMatch(/^ {2}\* default\/s00001 {2}another session affinity\n/)
    const { stdout, stderr } = await rollback()
    expect([stdout, stderr]).toEqual([
      expect.stringMatching(
        new RegExp(`^${shown.replace(/[.*+?^$()|[\]\\]/g, '\\$&')}rolled back to revision ${shortRevision(ONE)} in`),
      ),
      '',
    ])
    expect(await ask()).toEqual(['p13:8080'])
    expectRefused(await run(applying(TWO)), 3, /error\[older-spec\]/)
    await apply(exposing(1, 'p14'))
    expect(await ask()).toEqual(['p14:8080'])
    await rollback()
    expect(await ask()).toEqual(['p14:8080'])
    await apply(THREE)
    const { applied, entries } = await history()
    expect(applied).toBe(entries.at(-1).sequence)
    expect(entries.map((e: { revision: string; by: string }) => [e.revision, e.by])).toEqual([
      [revisionOf(ONE), 'apply'],
      [revisionOf(TWO), 'apply'],
      [revisionOf(ONE), 'rollback'],
      [revisionOf(TWO), 'rollback'],
      [revisionOf(THREE), 'apply'],
    ])
    expect((await run(['status', ...inside(world)])).stdout).toMatch(/\napplied {3}.*Z for n1 by balancing \S+\n/)
  })

  it('brings back a Service that is gone with the endpoints it had last, and names it', async () => {
    await apply(ONE, exposing(1, 'p13'), specWith(service(2, 'p31')))
    const note = `note: not in the spec applied last: default/s00001; the endpoints are those kept with revision ${shortRevision(ONE)}\n`
    const { code, stderr } = await rollback()
    expect([code, stderr]).toEqual([0, note])
    expect(await ask()).toEqual(['p13:8080'])
    expect(await ask(2)).toEqual(['p31:8080'])
  })

  it('without the endpoints of today: refused, or with --force those that were kept', async () => {
    await apply(ONE, TWO)
    writeFileSync(join(stateOf(world.id), '000002.yaml'), printYaml(THREE))
    expectRefused(
      await rollback(),
      4,
      /error\[no-latest-endpoints\] .*000002.yaml is no longer the spec of revision .*\n.*--force/,
    )
    expect(await ask()).toEqual(['p13:8080'])
    const { code, stderr } = await rollback('--force')
    expect([code, stderr]).toEqual([
      0,
      expect.stringMatching(/^warning: all endpoints are those kept with revision .*000002.yaml is no longer the spec/),
    ])
    expect(await ask()).toEqual(['p12:8080'])
  })

  it('goes to any revision that is kept, by how it begins; an unknown one lists those', async () => {
    await apply(ONE, TWO, THREE)
    const applied = async () => (await history()).entries.at(-1).revision
    expect((await rollback('--to', shortRevision(ONE))).code).toBe(0)
    expect(await applied()).toBe(revisionOf(ONE))
    expect((await rollback('--to', revisionOf(THREE).slice(0, 4).toUpperCase())).code).toBe(0)
    expect(await applied()).toBe(revisionOf(THREE))
    // What builds up to 0.1.0 called a revision.
    expect((await rollback('--to', specHash(TWO).slice(0, 12))).code).toBe(0)
    expect(await applied()).toBe(revisionOf(TWO))
    expect(await ask()).toEqual(['p14:8080'])
    const list = [ONE, TWO, THREE].map(shortRevision).join(', ')
    for (const unknown of ['feedbeef', '', shortRevision(ONE).slice(0, 3)])
      expectRefused(
        await rollback('--to', unknown),
        3,
        new RegExp(`error\\[unknown-revision\\] no revision .*\\n {2}hint: the history has ${list}\n`),
      )
    expect((await rollback('--to', shortRevision(TWO))).stdout).toContain('no changes')
    // As after a reboot: nothing is applied, and the newest comes back.
    renameSync(stateOf(world.id), join(folder, 'kept'))
    await run(['cleanup', ...inside(world)])
    renameSync(join(folder, 'kept'), stateOf(world.id))
    expect((await rollback()).code).toBe(0)
    expect([await ask(), await applied()]).toEqual([['p14:8080'], revisionOf(TWO)])
  })

  it('says when what it goes back to was of another node', async () => {
    await succeed(...applying(ONE).map(word => (word === 'n1' ? 'n2' : word)))
    await apply(TWO)
    expect((await rollback('--dry-run')).stderr).toContain(
      'note: that was applied for node n2, the latest for node n1\n',
    )
  })

  it('has nothing to go back to at first', async () => {
    expectRefused(await rollback(), 3, /error\[no-earlier-revision\]/)
    await apply(ONE)
    expectRefused(await rollback(), 3, /error\[no-earlier-revision\]/)
    expectRefused(await rollback('--to', 'feedbeef'), 3, /error\[unknown-revision\]/)
  })

  it('goes the safe way: guarded, and only what differs is written', async () => {
    const little = specWith(service(1, 'p12'))
    await apply(little)
    await apply(specWith(...[1, 2, 3, 4].map(n => service(n, 'p13'))))
    expectRefused(await rollback(), 3, /error\[mass-removal\] 3 of 4 .*: default\/s00002:http, .*\n.*--force/)
    const { code, stdout } = await rollback('--force')
    expect([code, stdout]).toEqual([0, expect.stringMatching(/3 to remove · \d+ map writes/)])
  })

  it('after an apply that broke off: to what was there before it', async () => {
    await apply(ONE, TWO)
    expect(await runUntil({ writes: 2 }, folder, world.netns('n1'), applying(THREE))).toBe(true)
    expect(await ask()).toEqual(['p14:8080'])
    const { code, stderr } = await rollback()
    expect([code, stderr]).toEqual([0, expect.stringContaining('note: an apply was not finished')])
    expect(await ask()).toEqual(['p13:8080'])
    expect((await rollback()).stderr).toBe('')
    expect((await history()).entries.at(-1).revision).toBe(revisionOf(ONE))
  })

  it('refuses a spec that was changed', async () => {
    await apply(ONE, TWO)
    writeFileSync(join(stateOf(world.id), '000001.yaml'), printYaml(THREE))
    expectRefused(await rollback(), 4, /error\[damaged-history\] .*000001.yaml is no longer the spec of revision/)
    expect(await ask()).toEqual(['p13:8080'])
  })

  it('history marks what the kernel has, and says when it does not know it', async () => {
    expect(existsSync(stateOf(world.id))).toBe(false)
    expect(await succeed('history', ...inside(world))).toMatch(/^nothing was applied yet: /)
    await apply(ONE, TWO)
    const table = await succeed('history', ...inside(world))
    const time = '\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d.\\d{3}Z'
    expect(table).toMatch(
      new RegExp(
        `^SEQUENCE +REVISION +TIME +NODE +BUILD +BY\n1 +${shortRevision(ONE)} +${time} +n1 +\\S+ +apply\n2 +${shortRevision(TWO)} +${time} +n1 +\\S+ +apply +applied\n$`,
      ),
    )
    new History(stateOf(world.id)).remove()
    const { stderr } = await run(['history', ...inside(world)])
    expect(stderr).toBe(`note: the revision that is applied, ${shortRevision(TWO)}, is not in the history\n`)
  })
})
