// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from 'node:child_process'
import { existsSync, lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { printYaml } from '../../src/spec/print.ts'
import type { Spec } from '../../src/spec/spec.ts'
import { apply, BINARY, inside, run } from './balancing.ts'
import { makeTwin } from './builds.ts'
import { service, specWith } from './specs.ts'
import { describeKernel } from './suite.ts'
import { makeTool } from './tool.ts'
import { createWorld, type World } from './world.ts'

const ONE = specWith(service(1, 'p12'), service(2, 'p23', 'p31'))
const TWO = specWith(service(1, 'p13'), service(2, 'p23', 'p31'))
/** Another exposure: with another revision, unlike the two above. */
const THREE = specWith(service(1, 'p14'), service(2, 'p23', 'p31'), service(3, 'p12'))

describeKernel('plans', () => {
  let world: World
  let folder: string
  let plan: string
  beforeAll(async () => {
    world = await createWorld()
    folder = mkdtempSync(join(tmpdir(), 'balancing-plan-'))
    plan = join(folder, 'plan.json')
  })
  afterEach(() => run(['cleanup', ...inside(world)]))
  afterAll(async () => {
    await world?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const fileOf = (spec: Spec) => {
    const path = join(folder, 'spec.yaml')
    writeFileSync(path, printYaml(spec))
    return path
  }
  const at = (binary: string, command: string, ...args: string[]) =>
    run([command, '--node', 'n1', ...inside(world), ...args], { netns: world.netns('n1'), binary })
  const planFor = async (spec: Spec) => {
    const { code, stderr } = await at(BINARY, 'diff', '-f', fileOf(spec), '--out', plan)
    expect([code, stderr]).toEqual([1, ''])
    return JSON.parse(readFileSync(plan, 'utf8'))
  }
  const applyPlan = (...args: string[]) => at(BINARY, 'apply', '-f', plan, ...args)
  const bpftool = (text: string) => execFileSync('bpftool', text.split(' '), { encoding: 'utf8' })

  /** All pins with what they hold and the attached programs: what a command that changes nothing must leave. */
  const everything = () => {
    const pins = readdirSync(world.pins, { recursive: true, encoding: 'utf8' }).sort()
    const maps = pins.filter(path =>
      /maps\/(addresses|frontends|address_filter|revision|socket_slots|socket_revnat)$/.test(path),
    )
    return [
      pins.map(path => `${path} ${lstatSync(join(world.pins, path)).ino}`),
      maps.map(path => bpftool(`map show pinned ${world.pins}/${path}`).replace(/\s+memlock.*/s, '')),
      maps.filter(path => !/socket_/.test(path)).map(path => bpftool(`map dump pinned ${world.pins}/${path}`)),
      bpftool(`cgroup show ${world.cgroup}`),
    ]
  }

  it('builds what a first plan says, and a second time there is nothing to do', async () => {
    const { kind, node, build, base, summary, writes, spec } = await planFor(ONE)
    expect([kind, node, build, base]).toEqual(['Plan', 'n1', 'first apply here', {}])
    expect(summary).toContain('new maps and programs: first apply here')
    expect(spec.join('\n')).toBe(printYaml(ONE).trimEnd())
    expect(writes.map((write: { about: string }) => write.about)).toContain('default/s00001:http 10.96.0.1:80/TCP')
    expect((await applyPlan()).stdout).toMatch(/first apply here\n.*\napplied revision /)
    const again = await applyPlan()
    expect([again.stdout, again.code]).toEqual([expect.stringMatching(/^no changes: revision/), 0])
    expect((await at(BINARY, 'diff', '-f', fileOf(ONE))).stdout).toBe('no changes\n')
  })

  it('writes exactly what a plan says', async () => {
    await apply(world, ONE)
    const { writes, build, summary } = await planFor(TWO)
    expect(build).toBe(null)
    expect(summary).toEqual(['  ~ default/s00001  -10.244.1.12 +10.244.1.13', 'Services: 1 to change · 1 map write'])
    expect(writes.map((w: { map: string; about: string }) => [w.map, w.about])).toEqual([
      ['frontends', 'default/s00001:http 10.96.0.1:80/TCP'],
    ])
    const ran = await applyPlan()
    expect([ran.code, ran.stdout]).toEqual([0, expect.stringContaining('1 to change · 1 map write\napplied revision')])
    expect((await at(BINARY, 'diff', '-f', fileOf(TWO))).stdout).toBe('no changes\n')
  })

  it('is stale when another spec was applied since: exit 7, the keys by name, nothing changed', async () => {
    await apply(world, ONE)
    await planFor(TWO)
    await apply(world, THREE)
    const before = everything()
    const { code, stdout, stderr } = await applyPlan('--force')
    expect([code, stdout]).toEqual([7, ''])
    expect(stderr).toContain('error[stale-plan]')
    expect(stderr).toContain(
      'error[moved-key] default/s00001:http 10.96.0.1:80/TCP (map frontends) was changed since\n',
    )
    expect(stderr).toMatch(/error\[moved-key\] the revision was [0-9a-f]{12}, and is [0-9a-f]{12}\n$/)
    expect(everything()).toEqual(before)
  })

  it('is stale when somebody touched a key that it leaves alone', async () => {
    await apply(world, ONE)
    await planFor(TWO)
    const prefix = '0 0 0 0 0 0 0 0 0 0 0xff 0xff'
    bpftool(`map delete pinned ${world.pins}/balancing/g1/maps/addresses key ${prefix} 10 96 0 2`)
    const { code, stderr } = await applyPlan()
    expect(code).toBe(7)
    expect(stderr).toContain('error[moved-key] the address 10.96.0.2 (map addresses) was removed since\n')
    expect(stderr).not.toContain('frontends')
  })

  it('is stale where a generation must be built that was not planned, and for another build', async () => {
    await apply(world, ONE)
    await planFor(TWO)
    const twin = makeTwin(join(folder, 'twin'))
    const other = await at(twin, 'apply', '-f', plan)
    expect(other.code).toBe(7)
    expect(other.stderr).toMatch(/error\[other-state\] made by a build with programs [0-9a-f]{12}; this one has/)
    await run(['cleanup', ...inside(world)])
    const { code, stderr } = await applyPlan()
    expect(code).toBe(7)
    expect(stderr).toContain('an update was planned, and a new generation (first apply here) is needed')
  })

  it('is refused where it was edited, by the line; and on another node', async () => {
    await apply(world, ONE)
    await planFor(TWO)
    const lines = readFileSync(plan, 'utf8').split('\n')
    const line = lines.findIndex(text => text.includes('"map":"frontends"'))
    writeFileSync(plan, lines.with(line, lines[line]!.replace('00', '01')).join('\n'))
    const edited = await applyPlan()
    expect([edited.code, edited.stdout]).toEqual([3, ''])
    expect(edited.stderr).toContain(`plan.json:${line + 1}:1: error[plan-damaged]`)
    await planFor(TWO)
    const { code, stderr } = await run(['apply', '-f', plan, '--node', 'n2', ...inside(world)])
    expect([code, stderr]).toEqual([3, expect.stringContaining('the plan is for node n1, and this is node n2')])
  })

  it('is written for a host outside the cluster too', async () => {
    const place = ['--external', ...inside(world)]
    expect((await run(['diff', '-f', fileOf(ONE), '--out', plan, ...place])).code).toBe(1)
    expect((await applyPlan()).stderr).toContain('the plan is for a host outside the cluster, and this is node n1')
    expect((await run(['apply', '-f', plan, ...place])).stdout).toContain('read back and equal')
  })

  it('a dry run really loads and fills, and leaves everything as it was', async () => {
    const many = specWith(...Array.from({ length: 1500 }, (_, i) => service(i + 1, 'p12')))
    const dry = async (spec: Spec) => {
      const before = everything()
      const tool = makeTool(folder, 'echo "$@" >> "$LOG"\nexec bpftool "$@"')
      const env = { BALANCING_BPFTOOL: tool, LOG: join(folder, 'log') }
      rmSync(env.LOG, { force: true })
      const place = ['--node', 'n1', ...inside(world)]
      const { code, stdout, stderr } = await run(['apply', '--dry-run', '-f', fileOf(spec), ...place], { env })
      expect(code).toBe(0)
      expect(everything()).toEqual(before)
      return { stdout, stderr, loads: readFileSync(env.LOG, 'utf8').includes('prog loadall') }
    }
    const first = await dry(ONE)
    expect(first.loads).toBe(true)
    expect(first.stdout).toContain('2 to add · 19 map writes\nnew maps and programs: first apply here\n')
    expect(first.stderr).toMatch(/^checked: the programs load, the maps hold all entries, and 9 hooks of .* have room/)
    await apply(world, ONE)
    const update = await dry(TWO)
    expect([update.loads, update.stderr]).toEqual([false, expect.stringContaining('the maps have room for every step')])
    expect((await dry(many)).loads).toBe(true)
    expect((await dry(ONE)).stdout).toBe('no changes\n')
  })

  it('a dry run leaves no parent of the pin directory that it made', async () => {
    const parent = join(world.pins, 'nested')
    const place = [
      '--cgroup',
      world.cgroup,
      '--pin-dir',
      join(parent, 'deep', 'pins'),
      '--state-dir',
      join(folder, 'state'),
    ]
    const { code, stderr } = await run(['apply', '--dry-run', '-f', fileOf(ONE), '--node', 'n1', ...place])
    expect([code, stderr]).toEqual([0, expect.stringContaining('checked: ')])
    expect(existsSync(parent)).toBe(false)
  })

  it('a dry run that cannot load is exit 5, and leaves everything as it was', async () => {
    await apply(world, ONE)
    const before = everything()
    const tool = makeTool(
      folder,
      'case "$*" in *loadall*) echo \'{"error":"no such luck"}\'; exit 255;; esac\nexec bpftool "$@"',
    )
    const many = specWith(...Array.from({ length: 1500 }, (_, i) => service(i + 1, 'p12')))
    const args = ['apply', '--dry-run', '-f', fileOf(many), '--node', 'n1', ...inside(world)]
    const { code, stdout, stderr } = await run(args, { env: { BALANCING_BPFTOOL: tool } })
    expect([code, stdout]).toEqual([5, ''])
    expect(stderr).toContain('the programs cannot be loaded: no such luck; nothing was changed')
    expect(everything()).toEqual(before)
  })
})
