import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { emptyImage } from '../../src/image/image.ts'
import { programsFor } from '../../src/kernel/programs.ts'
import { printYaml } from '../../src/spec/print.ts'
import { apply, inside, run } from './balancing.ts'
import { service, specWith, vip } from './specs.ts'
import { describeKernel } from './suite.ts'
import { createWorld, type World } from './world.ts'

const ALL = programsFor(emptyImage()).length
const SPEC = specWith(service(1, 'p12'), service(2, 'p23'), service(3, 'p31'))
const NEXT = specWith(service(1, 'p13'), service(2, 'p23'), service(3, 'p31'))

/** Pins, programs and cgroups as a careless hand or a killed apply leaves them. */
describeKernel('what apply, cleanup, diff and status make of a damaged node', () => {
  let world: World
  let folder: string
  beforeAll(async () => {
    world = await createWorld()
    folder = mkdtempSync(join(tmpdir(), 'balancing-hostile-'))
  })
  afterEach(() => run(['cleanup', ...inside(world)]))
  afterAll(async () => {
    await world?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const bpftool = (text: string) => execFileSync('bpftool', text.split(' '), { encoding: 'utf8' })
  const attached = (cgroup = world.cgroup): { id: number }[] =>
    JSON.parse(bpftool(`-j cgroup show ${cgroup}`).trim() || '[]')
  const pins = `balancing/g1`
  const file = (spec: typeof SPEC) => {
    const path = join(folder, 'spec.yaml')
    writeFileSync(path, printYaml(spec))
    return ['-f', path, '--node', 'n1']
  }
  const ask = async () => {
    const call = { family: 4, mode: 'tcp', address: vip(1), port: 80, tries: 20, timeoutMs: 500 } as const
    const [outcome] = await world.dial('p11', [call])
    return [...Object.keys(outcome!.identities), ...Object.keys(outcome!.errors)]
  }

  it('another cgroup than the programs are attached to: refused, and nothing is orphaned', async () => {
    await apply(world, SPEC)
    const other = `${world.cgroup}/other`
    mkdirSync(other)
    const wrong = ['--cgroup', other, '--pin-dir', `${world.pins}/balancing`]
    for (const ran of [await run(['cleanup', ...wrong]), await run(['apply', ...file(SPEC), ...wrong])]) {
      expect([ran.code, ran.stdout]).toEqual([4, ''])
      expect(ran.stderr).toContain(`are attached to ${world.cgroup}, not to ${other}`)
      expect(ran.stderr).toContain(`hint: give --cgroup ${world.cgroup}`)
    }
    expect([attached().length, attached(other).length]).toEqual([ALL, 0])
    rmdirSync(other)
  })

  it('a program whose pin is gone: replaced, and the old one detached', async () => {
    await apply(world, SPEC)
    const before = attached().map(p => p.id)
    rmSync(`${world.pins}/${pins}/programs/connect6`)
    expect((await run(['diff', ...file(SPEC), ...inside(world)])).code).toBe(1)
    expect(await apply(world, SPEC)).toContain('programs or maps are missing')
    expect(attached().length).toBe(ALL)
    expect(attached().filter(p => before.includes(p.id))).toEqual([])
  })

  it('a map whose pin is gone: a shrinking spec is not waved through', async () => {
    await apply(world, SPEC)
    rmSync(`${world.pins}/${pins}/maps/members`)
    const refused = await run(['apply', ...file(specWith()), ...inside(world)])
    expect([refused.code, refused.stdout]).toEqual([3, ''])
    expect(refused.stderr).toMatch(/error\[mass-removal\] 3 of 3 service ports/)
    expect(await ask()).toEqual(['p12:8080'])
    expect(await apply(world, NEXT)).toContain('programs or maps are missing: members')
    expect(await ask()).toEqual(['p13:8080'])
    expect(attached().length).toBe(ALL)
  })

  it('a pin of another kind: cleaned up, or built anew', async () => {
    await apply(world, SPEC)
    rmSync(`${world.pins}/${pins}/programs/connect6`)
    bpftool(`map pin pinned ${world.pins}/${pins}/maps/pages ${world.pins}/${pins}/programs/connect6`)
    expect((await run(['status', '--exit-code', ...inside(world)])).code).toBe(1)
    expect((await run(['cleanup', ...inside(world)])).code).toBe(0)
    expect(attached()).toEqual([])
  })

  it('a stranger in the folder of a generation is never removed', async () => {
    await apply(world, SPEC)
    bpftool(`map create ${world.pins}/${pins}/maps/theirs type array key 4 value 4 entries 1 name theirs`)
    const refused = await run(['cleanup', ...inside(world)])
    expect([refused.code, existsSync(`${world.pins}/${pins}/maps/theirs`)]).toEqual([4, true])
    rmSync(`${world.pins}/${pins}/maps/theirs`)
  })

  it('killed between attaching the new and detaching the old: seen by all, finished by the next', async () => {
    await apply(world, SPEC)
    const tool = join(folder, 'bpftool')
    // Kills apply (its parent) when it is about to detach.
    writeFileSync(
      tool,
      `#!/bin/sh\nif [ "$2 $3" = "cgroup detach" ]; then kill -9 $PPID; exit 1; fi\nexec bpftool "$@"\n`,
    )
    chmodSync(tool, 0o755)
    bpftool(`map delete pinned ${world.pins}/${pins}/maps/addresses key ${'0 '.repeat(10)}255 255 10 96 0 1`)
    rmSync(`${world.pins}/${pins}/programs/connect6`)
    const killed = await run(['apply', ...file(NEXT), ...inside(world)], { env: { BALANCING_BPFTOOL: tool } })
    expect(killed.code).toBeUndefined()
    expect(attached().length).toBe(2 * ALL)
    const status = await run(['status', '--exit-code', ...inside(world)])
    expect(status.code).toBe(1)
    expect(status.stdout).toContain('leftover')
    const diff = await run(['diff', ...file(NEXT), ...inside(world)])
    expect([diff.code, diff.stdout.includes('1 generation of an unfinished apply to remove')]).toEqual([1, true])
    expect(await apply(world, NEXT)).toContain('1 generation of an unfinished apply to remove')
    expect(attached().length).toBe(ALL)
    expect(await ask()).toEqual(['p13:8080'])
    expect((await run(['status', '--exit-code', ...inside(world)])).code).toBe(0)
  })

  it('two cleanups at once, and a refused first apply: no directory is left, and no bug is reported', async () => {
    await apply(world, SPEC)
    const both = await Promise.all([run(['cleanup', ...inside(world)]), run(['cleanup', ...inside(world)])])
    expect(both.map(ran => [ran.code, ran.stderr])).toEqual([
      [0, ''],
      [0, ''],
    ])
    expect(readdirSync(world.pins)).toEqual([])
    // One that goes away between being made and being locked.
    const bin = mkdtempSync(join(folder, 'bin-'))
    const real = execFileSync('which', ['flock'], { encoding: 'utf8' }).trim()
    const once = `mkdir ${bin}/once 2>/dev/null && rmdir ${world.pins}/balancing`
    writeFileSync(join(bin, 'flock'), `#!/bin/sh\n${once}\nexec ${real} "$@"\n`, { mode: 0o755 })
    const env = { PATH: `${bin}:${process.env.PATH}` }
    const late = await run(['apply', ...file(SPEC), ...inside(world)], { env })
    expect([late.code, late.stderr, existsSync(`${bin}/once`)]).toEqual([0, '', true])
    await run(['cleanup', ...inside(world)])
    const refused = await run(['apply', ...file(SPEC).slice(0, 2), '--node', 'n9', ...inside(world)])
    expect([refused.code, readdirSync(world.pins)]).toEqual([3, []])
  })

  it('a node where something cannot be had says so: no flock, no temporary file, a pin directory that cannot be', async () => {
    const withPath = (path: string) => run(['apply', ...file(SPEC), ...inside(world)], { env: { PATH: path } })
    const bin = mkdtempSync(join(folder, 'bin-'))
    for (const tool of ['bpftool', 'readlink', 'dirname'])
      execFileSync('ln', ['-s', execFileSync('which', [tool], { encoding: 'utf8' }).trim(), bin])
    const noFlock = await withPath(bin)
    expect([noFlock.code, noFlock.stderr.includes('error[no-flock]')]).toEqual([4, true])
    await apply(world, SPEC)
    const noTmp = await run(['status', ...inside(world)], { env: { TMPDIR: '/nonexistent' } })
    expect([noTmp.code, noTmp.stderr.includes('error[no-temporary-file]')]).toEqual([4, true])
    const dotted = await run(['apply', ...file(SPEC), '--cgroup', world.cgroup, '--pin-dir', `${world.pins}/a.b`])
    expect([dotted.code, dotted.stderr.includes('error[no-pin-dir]')]).toEqual([4, true])
  })
})
