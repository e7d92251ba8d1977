// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { History } from '../../src/node/history/history.ts'
import { canonicalTextOf } from '../../src/spec/canonical/text.ts'
import { printJson, printYaml } from '../../src/spec/print.ts'
import { revisionOf } from '../../src/spec/revision.ts'
import type { Spec } from '../../src/spec/spec.ts'
import { inside, type Ran, run } from './balancing.ts'
import { runUntil } from './killable.ts'
import { runOn } from './machine.ts'
import { service, specWith } from './specs.ts'
import { describeKernel } from './suite.ts'
import { stateOf } from './traces.ts'
import { createWorld, type World } from './world.ts'

const kubernetes = (clusterIP: string) => {
  return { ...service(1), namespace: 'default', name: 'kubernetes', clusterIPs: [clusterIP] }
}
const clusterOf = (clusterIP: string, ...pods: string[]): Spec => specWith(kubernetes(clusterIP), service(2, ...pods))
const ONE = specWith(service(1, 'p12'), service(2, 'p23', 'p31'))
const TWO = specWith({ ...service(1, 'p13'), affinitySeconds: 60 }, service(2, 'p23', 'p31'))
const THREE = specWith({ ...service(1, 'p14'), affinitySeconds: 90 }, service(2, 'p23', 'p31'))
const shortRevision = (spec: Spec) => revisionOf(spec).slice(0, 12)

describeKernel('what a node remembers', () => {
  let world: World
  let folder: string
  let history: History
  beforeAll(async () => {
    world = await createWorld()
    folder = mkdtempSync(join(tmpdir(), 'balancing-history-'))
    history = new History(stateOf(world.id))
  })
  beforeEach(() => rmSync(history.directory, { recursive: true, force: true }))
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
  const apply = (spec: Spec, ...flags: string[]) => run(applying(spec, ...flags))
  const done = async (ran: Promise<Ran>) => {
    const { code, stderr, stdout } = await ran
    expect([code, stderr]).toEqual([0, ''])
    return stdout
  }
  const expectRefused = ({ code, stdout, stderr }: Ran, exitCode: number, sentence: RegExp) => {
    expect(stderr).toMatch(sentence)
    expect([stdout, code]).toEqual(['', exitCode])
  }
  const revisions = () => history.entries().map(entry => entry.revision)

  it('every exposure that was applied, once, whatever form the spec had', async () => {
    await done(apply(ONE))
    await done(apply(ONE))
    const json = join(folder, 'two.json')
    writeFileSync(json, printJson(TWO))
    await done(run(['apply', '-f', json, '--node', 'n1', ...inside(world)]))
    await done(apply(TWO))
    expect(revisions()).toEqual([revisionOf(ONE), revisionOf(TWO)])
    const [first, second] = history.entries()
    expect(first).toMatchObject({ sequence: 1, node: 'n1', by: 'apply', cluster: [] })
    expect([first, second].map(entry => history.specText(entry!))).toEqual([ONE, TWO].map(canonicalTextOf))
    expect(Date.parse(second!.time)).toBeGreaterThan(Date.parse(first!.time))
  })

  it('nothing of what was refused, only shown, or failed', async () => {
    await run(applying(ONE, '--dry-run'))
    await run(['apply', '-f', '/nowhere', ...inside(world)])
    expect(existsSync(history.directory)).toBe(false)
    await done(apply(ONE))
    const many = specWith(...[1, 2, 3, 4].map(n => service(n, 'p12')))
    await done(apply(many))
    expectRefused(await apply(specWith(service(1, 'p12'))), 3, /mass-removal/)
    expect(revisions()).toEqual([revisionOf(ONE), revisionOf(many)])
  })

  it('damage that is put right is no new entry', async () => {
    await done(apply(ONE))
    const pin = `${world.pins}/balancing/g1/maps/addresses`
    const prefix = '0 0 0 0 0 0 0 0 0 0 0xff 0xff'
    execFileSync('bpftool', `map update pinned ${pin} key ${prefix} 8 8 8 8 value 1 0 0 0 0 0 0 0`.split(' '))
    expect(await done(apply(ONE))).toContain('1 map write')
    expect(revisions()).toEqual([revisionOf(ONE)])
  })

  it('killed after any number of writes: it can be read, and knows all that is applied after the next', async () => {
    for (const writes of [0, 1, 2, 40]) {
      await run(['cleanup', ...inside(world)])
      await done(apply(ONE))
      const isKilled = await runUntil({ writes }, folder, world.netns('n1'), applying(TWO))
      expect(isKilled, String(writes)).toBe(writes < 40)
      expect(revisions()).toEqual(isKilled ? [revisionOf(ONE)] : [revisionOf(ONE), revisionOf(TWO)])
      await done(apply(TWO))
      expect(revisions()).toEqual([revisionOf(ONE), revisionOf(TWO)])
      expect(readdirSync(history.directory)).toHaveLength(4)
    }
  })

  it('killed before the entry, when all is applied: the next apply, which changes nothing, makes up for it', async () => {
    await done(apply(ONE))
    await done(apply(TWO))
    rmSync(join(history.directory, '000002.json'))
    expect(await done(apply(TWO))).toContain('no changes')
    expect(revisions()).toEqual([revisionOf(ONE), revisionOf(TWO)])
  })

  it('names of what is removed, in all that tells of it', async () => {
    await done(apply(ONE))
    const file = join(folder, 'less.yaml')
    writeFileSync(file, printYaml(specWith(service(2, 'p23', 'p31'))))
    const removed = '  - default/s00001  10.96.0.1:80/TCP, had 1 endpoint\n'
    const args = ['-f', file, '--node', 'n1', ...inside(world)]
    for (const command of [['diff'], ['apply', '--dry-run'], ['apply']]) {
      expect((await run([...command, ...args])).stdout).toContain(removed)
    }
    await done(apply(specWith(...[1, 2, 3, 4].map(n => service(n, 'p12')))))
    expectRefused(await apply(specWith(service(1, 'p12'))), 3, /backend: default\/s00002:http, default\/s00003:http, /)
  })

  it('endpoints that change make no entry, and are not refused when they come back', async () => {
    const recovering = specWith(service(1, 'p13'), service(2, 'p23', 'p31'))
    await done(apply(ONE))
    const [first] = history.entries()
    expect(await done(apply(recovering))).toMatch(/ 1 map write\n(.*\n)*applied revision/)
    expect(await done(apply(ONE))).toMatch(/^older endpoints: others replaced them here at \S+Z; /m)
    await done(apply(recovering))
    expect(await done(apply(recovering))).toMatch(/^no changes: .* its endpoints since \S+Z\n$/)
    expect(history.entries()).toMatchObject([{ revision: revisionOf(ONE), time: first!.time }])
    expect(history.specText(history.entries()[0]!)).toBe(canonicalTextOf(recovering))
  })

  it('that another revision has replaced one: refused, unless it is meant', async () => {
    await done(apply(ONE))
    await done(apply(TWO))
    const sentence = `error\\[older-spec\\] revision ${shortRevision(ONE)} is older than what is applied: ${shortRevision(TWO)} replaced it at `
    const hint = `hint: if that is what you want, give --allow-older, or balancing rollback --to ${shortRevision(ONE)}`
    for (const flags of [[], ['--dry-run']]) {
      expectRefused(await apply(ONE, ...flags), 3, new RegExp(`^${sentence}.*\\n {2}${hint}\\n$`))
    }
    await done(apply(ONE, '--allow-older'))
    expectRefused(await apply(TWO), 3, /older-spec/)
    await done(apply(TWO, '--force'))
    await done(apply(THREE))
    expect(revisions()).toEqual([ONE, TWO, ONE, TWO, THREE].map(revisionOf))
    // What is applied is not older, though another state directory recorded it.
    await done(apply(TWO, '--allow-older', '--state-dir', join(folder, 'elsewhere')))
    expect(await done(apply(TWO))).toContain('no changes')
    await done(apply(THREE, '--allow-older'))
    // After a reboot nothing is applied.
    execFileSync('sh', ['-c', `cp -a ${history.directory} ${folder}/saved`])
    await run(['cleanup', ...inside(world)])
    execFileSync('mv', [`${folder}/saved`, history.directory])
    await done(apply(ONE))
  })

  it('which cluster it is of: another is refused, unless it is meant', async () => {
    await done(apply(clusterOf('10.96.0.1', 'p12')))
    const sentence =
      /error\[other-cluster\] this spec is of another cluster: default\/kubernetes is 10.96.0.9, and was 10.96.0.1 here\n.*--allow-other-cluster/
    expectRefused(await apply(clusterOf('10.96.0.9', 'p12')), 3, sentence)
    // One that does not say whose it is gets by, and does not make it forget.
    await done(apply(ONE))
    expectRefused(await apply(clusterOf('10.96.0.9', 'p12')), 3, sentence)
    await done(apply(clusterOf('10.96.0.9', 'p12'), '--allow-other-cluster'))
    await done(apply(clusterOf('10.96.0.9', 'p13')))
    expectRefused(await apply(clusterOf('10.96.0.1', 'p14')), 3, /other-cluster/)
    await done(apply(clusterOf('10.96.0.1', 'p14'), '--force'))
  })

  it('a spec without any Service is refused, however little serves', async () => {
    expectRefused(await apply(specWith()), 3, /error\[empty-spec\] .*\n.*give --force/)
    await done(apply(ONE))
    expectRefused(await apply(specWith()), 3, /error\[empty-spec\]/)
    await done(apply(specWith(), '--force'))
  })

  it('what somebody damaged is refused with its line; --force goes on without', async () => {
    await done(apply(ONE))
    const entry = join(history.directory, '000001.json')
    writeFileSync(entry, readFileSync(entry, 'utf8').replace(/"time": .*,/, '"time": "soon",'))
    expectRefused(await apply(TWO), 4, new RegExp(`^${entry}:4:1: error\\[damaged-history\\] .*"time" is "soon"`))
    const forced = await apply(TWO, '--force')
    expect([forced.code, forced.stderr]).toEqual([
      0,
      expect.stringMatching(/^warning: the history does not record this apply: .*"soon"\n$/),
    ])
  })

  it('what cannot be kept is refused before anything is changed; --force goes on without', async () => {
    await done(apply(ONE))
    const at = ['--state-dir', join(folder, 'file')]
    writeFileSync(join(folder, 'file'), '')
    expectRefused(await apply(TWO, ...at), 4, /error\[no-history\] .*\n.*give another --state-dir/)
    expect(await done(apply(ONE))).toContain('no changes')
    const forced = await apply(TWO, ...at, '--force')
    expect([forced.code, forced.stderr]).toEqual([
      0,
      expect.stringMatching(/^warning: the history does not record this apply/),
    ])
  })

  it('where nothing serves, as after a reboot, what is damaged or cannot be kept keeps nobody from serving', async () => {
    const at = ['--state-dir', join(folder, 'state-at-boot')]
    mkdirSync(at[1]!, { mode: 0o700 })
    writeFileSync(join(at[1]!, '000001.json'), 'cut o')
    const damaged = await apply(ONE, ...at)
    expect([damaged.code, damaged.stderr]).toEqual([
      0,
      expect.stringMatching(/^warning: the history does not record this apply: this entry .* is damaged/),
    ])
    expectRefused(await apply(TWO, ...at), 4, /error\[damaged-history\]/)
    await run(['cleanup', ...inside(world)])
    writeFileSync(join(folder, 'no-folder'), '')
    const unwritable = await apply(ONE, '--state-dir', join(folder, 'no-folder'))
    expect([unwritable.code, unwritable.stderr]).toEqual([0, expect.stringContaining('does not record this apply')])
  })

  it('nothing after a cleanup, which leaves what is not its own', async () => {
    await done(apply(ONE))
    await run(['cleanup', ...inside(world)])
    expect(existsSync(history.directory)).toBe(false)
    mkdirSync(history.directory, { mode: 0o700 })
    writeFileSync(join(history.directory, 'notes.txt'), '')
    await done(apply(ONE))
    await run(['cleanup', ...inside(world)])
    expect(readdirSync(history.directory)).toEqual(['notes.txt'])
    await done(apply(ONE))
    writeFileSync(join(folder, 'a-file'), '')
    const elsewhere = ['--state-dir', join(folder, 'a-file')]
    expectRefused(
      await run(['cleanup', ...inside(world), ...elsewhere]),
      6,
      /error\[history-left\] the programs are detached/,
    )
    expect(existsSync(`${world.pins}/balancing`)).toBe(false)
    expectRefused(await run(['cleanup', ...inside(world), ...elsewhere]), 4, /no-history/)
  })

  it('is left by a cleanup that cannot remove it (exit 6), and the next one says that it removed the history', async () => {
    const { directory } = history
    await done(apply(ONE))
    const script = `mount --bind ${directory} ${directory}; mount -o remount,ro,bind ${directory}`
    const left =
      /error\[history-left\] the programs are detached and their pins are removed, but the history is left: .*EROFS/
    expectRefused(runOn({ script }, ['cleanup', ...inside(world)]), 6, left)
    expect([existsSync(`${world.pins}/balancing`), history.entries().length]).toEqual([false, 1])
    expect(await done(run(['cleanup', ...inside(world)]))).toBe(`removed the history in ${directory}\n`)
    expect(existsSync(directory)).toBe(false)
    const nothing = { pinDir: `${world.pins}/balancing`, removed: false, stateDir: directory, history: 'none' }
    expect(JSON.parse(await done(run(['cleanup', '-o', 'json', ...inside(world)])))).toMatchObject(nothing)
    mkdirSync(directory, { mode: 0o700 })
    expect(JSON.parse(await done(run(['cleanup', '-o', 'json', ...inside(world)])))).toMatchObject({
      history: 'removed',
    })
  })
})
