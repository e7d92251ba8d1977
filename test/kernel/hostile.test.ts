// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { programsFor } from '../../src/bpf/generation/programs.ts'
import { CONFIG_MAPS, emptyImage, STATE_MAPS } from '../../src/datapath/image.ts'
import { maps } from '../../src/datapath/layout.gen.ts'
import { printYaml } from '../../src/spec/print.ts'
import { apply, inside, run } from './balancing.ts'
import { mountOf, PROGRAMS } from './capable.ts'
import { service, specWith, vip } from './specs.ts'
import { describeKernel } from './suite.ts'
import { startTalker } from './talk.ts'
import { KILL_COMMAND, makeTool } from './tool.ts'
import { createWorld, type World } from './world.ts'

const ALL = programsFor(emptyImage()).length
const SPEC = specWith(service(1, 'p12'), service(2, 'p23'), service(3, 'p31'))
const CONFIG_AND_STATE = [...CONFIG_MAPS, ...STATE_MAPS]
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
  const attached = (cgroup = world.cgroup): { id: number; attach_type: string }[] =>
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
    const wrong = [...inside(world), '--cgroup', other]
    for (const command of [['cleanup'], ['apply', ...file(SPEC)], ['apply', '--dry-run', ...file(SPEC)]]) {
      const ran = await run([...command, ...wrong])
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

  it.each([
    ['a map', 'g1/maps/theirs', 'maps/theirs'],
    ['a directory', 'g1/theirs', 'theirs/'],
    ['a link', 'g1/programs/theirs', 'programs/theirs'],
    ['a map in place of a folder', 'g2/maps', 'maps'],
    ['a generation that is a map', 'g7', 'g7'],
    ['a directory that is no generation', 'g01', 'g01'],
  ])('%s of a stranger is never removed: refused by name, nothing changed', async (what, path, name) => {
    await apply(world, SPEC)
    const theirs = `${world.pins}/balancing/${path}`
    if (path.startsWith('g2/')) mkdirSync(dirname(theirs))
    if (what === 'a link') symlinkSync('elsewhere', theirs)
    else if (what.startsWith('a directory')) mkdirSync(theirs)
    else bpftool(`map create ${theirs} type array key 4 value 4 entries 1 name theirs`)
    const before = attached()
    for (const command of [['cleanup'], ['apply', ...file(NEXT)]]) {
      const refused = await run([...command, ...inside(world)])
      expect([refused.code, refused.stdout]).toEqual([4, ''])
      expect(refused.stderr).toContain('error[foreign-pins]')
      expect(refused.stderr).toContain(`holds what this balancing did not make: ${name}\n`)
    }
    expect([attached(), await ask()]).toEqual([before, ['p12:8080']])
    rmSync(path.startsWith('g2/') ? dirname(theirs) : theirs, { recursive: true })
    expect(await apply(world, NEXT)).toContain('1 to change')
  })

  /** Whatever was done to a node that serves SPEC, the next apply says what it found, and then all is well. */
  async function expectRepaired(reason: string): Promise<void> {
    expect((await run(['status', '--exit-code', ...inside(world)])).code).toBe(1)
    expect(await apply(world, NEXT)).toContain(`new maps and programs: ${reason}`)
    expect(attached().length).toBe(ALL)
    expect(await ask()).toEqual(['p13:8080'])
    expect(await apply(world, NEXT)).toContain('no changes')
    expect((await run(['status', '--exit-code', ...inside(world)])).code).toBe(0)
  }
  const pin = (path: string) => `${world.pins}/${pins}/${path}`
  const { frontends } = maps
  const createFrontends = (path: string, more = '') =>
    bpftool(
      `map create ${path} type hash key ${frontends.keySize} value ${frontends.valueSize} entries 64 name frontends flags ${more || 1}`,
    )

  it('another map of the same form at our pin: found, though it reads and writes well', async () => {
    await apply(world, SPEC)
    rmSync(pin('maps/frontends'))
    createFrontends(pin('maps/frontends'))
    await expectRepaired('programs or maps are missing: frontends')
  })

  it('a map of another form, or one that cannot be written, at our pin: replaced', async () => {
    await apply(world, SPEC)
    rmSync(pin('maps/pages'))
    bpftool(`map create ${pin('maps/pages')} type array key 4 value 4 entries 4 name pages`)
    rmSync(pin('maps/frontends'))
    // BPF_F_RDONLY
    createFrontends(pin('maps/frontends'), '9')
    await expectRepaired('programs or maps are missing: frontends, pages')
  })

  it('a frozen map: nobody can write it any more, so it is replaced', async () => {
    await apply(world, SPEC)
    bpftool(`map freeze pinned ${pin('maps/frontends')}`)
    await expectRepaired('the map frontends is frozen')
  })

  it('the folder of programs is gone: what serves is read all the same, and replaced', async () => {
    await apply(world, SPEC)
    rmSync(pin('programs'), { recursive: true })
    const refused = await run(['apply', ...file(specWith()), ...inside(world)])
    expect([refused.code, refused.stderr.includes('3 of 3 service ports')]).toEqual([3, true])
    await expectRepaired('programs or maps are missing')
  })

  it('the folder of maps is gone, and what it says of what serves: refused by name, taken over with --force', async () => {
    await apply(world, SPEC)
    rmSync(pin('maps'), { recursive: true })
    const refused = await run(['apply', ...file(NEXT), ...inside(world)])
    expect([refused.code, refused.stdout]).toEqual([4, ''])
    expect(refused.stderr).toContain('error[unreadable-generation]')
    expect(await ask()).toEqual(['p12:8080'])
    const client = startTalker(world, 'p11')
    await client.talk('s open 4 tcp', `s connect ${vip(2)} 80`)
    await apply(world, NEXT, '--force')
    // The programs still know the maps in which sockets are remembered.
    expect(await client.talk('s peer')).toEqual([`${vip(2)}:80`])
    client.end()
    expect([attached().length, await ask()]).toEqual([ALL, ['p13:8080']])
  })

  it('the manifest of a generation is gone: made anew', async () => {
    await apply(world, SPEC)
    rmSync(pin('contents'))
    await expectRepaired('its manifest is missing')
    expect(attached().length).toBe(ALL)
  })

  it.each([
    'tc/eth0/ingress/49152/1=edge_ingress',
    'xdp/eth0/native=express',
    'maps/frontends=later',
    '../../other/maps',
  ])(
    'the manifest has the line %s of a newer build: every command refuses it by name and changes nothing',
    async line => {
      await apply(world, SPEC)
      const manifest = pin('contents')
      const known = readlinkSync(manifest)
      const write = (text: string) => {
        rmSync(manifest)
        symlinkSync(text, manifest)
      }
      write(`${known} ${line}`)
      const look = () => [
        attached(),
        readdirSync(`${world.pins}/balancing`, { recursive: true }),
        readlinkSync(manifest),
      ]
      const before = look()
      const commands = [
        ['apply', ...file(NEXT)],
        ['apply', ...file(NEXT), '--dry-run'],
        ['apply', ...file(NEXT), '--force'],
      ]
      for (const command of [...commands, ['rollback'], ['cleanup'], ['cleanup', '--force'], ['status']]) {
        const { code, stdout, stderr } = await run([...command, ...inside(world)])
        expect([command[0], code, stdout, stderr]).toEqual([
          command[0],
          4,
          '',
          expect.stringContaining('error[unknown-manifest]'),
        ])
        expect(stderr).toContain(`${manifest} has the line "${line}", which this build does not know`)
        expect(stderr).toContain('use the newer build that wrote it')
      }
      expect([look(), await ask()]).toEqual([before, ['p12:8080']])
      write(known)
      expect(await apply(world, SPEC)).toContain('no changes')
    },
  )

  /** A program of nobody's, which lets everything pass. */
  function passAll(): string {
    const object = join(folder, 'pass.o')
    const source = `#include <linux/bpf.h>
__attribute__((section("cgroup/connect4"), used)) int connect4(struct bpf_sock_addr *ctx) { return 1; }`
    const include = `-I/usr/include/${execFileSync('uname', ['-m'], { encoding: 'utf8' }).trim()}-linux-gnu`
    execFileSync('clang', ['-O2', '-target', 'bpf', include, '-x', 'c', '-', '-c', '-o', object], { input: source })
    return object
  }

  it('a program of others at our pin and our hook: theirs stays attached, ours is replaced', async () => {
    await apply(world, SPEC)
    bpftool(`cgroup detach ${world.cgroup} connect4 pinned ${pin('programs/connect4')}`)
    rmSync(pin('programs/connect4'))
    bpftool(`prog load ${passAll()} ${pin('programs/connect4')}`)
    bpftool(`cgroup attach ${world.cgroup} connect4 pinned ${pin('programs/connect4')} multi`)
    const [theirs] = attached().filter(p => p.attach_type === 'cgroup_inet4_connect')
    expect(await apply(world, NEXT)).toContain('new maps and programs: programs or maps are missing: connect4')
    expect(attached().length).toBe(ALL + 1)
    expect(await ask()).toEqual(['p13:8080'])
    expect((await run(['status', ...inside(world)])).stdout).toContain(`foreign   connect4 (id ${theirs!.id})`)
    bpftool(`cgroup detach ${world.cgroup} connect4 id ${theirs!.id}`)
  })

  it('a program that is loaded and attached a second time: both go', async () => {
    await apply(world, SPEC)
    const words = CONFIG_AND_STATE.map(name => `map name ${name} pinned ${pin(`maps/${name}`)}`).join(' ')
    bpftool(`prog loadall ${PROGRAMS} ${world.pins}/again ${words}`)
    bpftool(`cgroup attach ${world.cgroup} connect4 pinned ${world.pins}/again/connect4 multi`)
    rmSync(`${world.pins}/again`, { recursive: true })
    await expectRepaired('a program is attached twice')
  })

  it('a program that is attached to another cgroup too: nothing is unpinned or built anew until it is not', async () => {
    await apply(world, SPEC)
    const other = `${world.cgroup}/other`
    mkdirSync(other)
    bpftool(`cgroup attach ${other} connect4 pinned ${pin('programs/connect4')} multi`)
    expect(await apply(world, NEXT)).toContain('1 to change')
    bpftool(`map freeze pinned ${pin('maps/frontends')}`)
    for (const command of [['apply', ...file(NEXT)], ['cleanup']]) {
      const refused = await run([...command, ...inside(world)])
      expect([refused.code, refused.stdout]).toEqual([4, ''])
      expect(refused.stderr).toMatch(/error\[attached-twice\] the program connect4 .* is attached to .*\/other too/)
    }
    expect(attached().length).toBe(ALL)
    const [, hint] = /hint: (.*)\n/.exec((await run(['cleanup', ...inside(world)])).stderr)!
    execFileSync(hint!.split(' ')[0]!, hint!.split(' ').slice(1))
    expect(await apply(world, NEXT)).toContain('the map frontends is frozen')
    rmdirSync(other)
  })

  it('only what builds or unpins walks through all cgroups of the machine', async () => {
    const calls = join(folder, 'calls')
    const tool = makeTool(folder, `echo "$*" >> ${calls}\nexec bpftool "$@"`)
    const walked = async (...command: string[]) => {
      writeFileSync(calls, '')
      const { code, stderr } = await run([...command, ...inside(world)], { env: { BALANCING_BPFTOOL: tool } })
      expect([code, stderr]).toEqual([0, ''])
      return readFileSync(calls, 'utf8').includes(`cgroup tree ${mountOf('cgroup2')}\n`)
    }
    expect(await walked('apply', ...file(SPEC))).toBe(true)
    expect(await walked('apply', ...file(SPEC))).toBe(false)
    expect(await walked('apply', ...file(NEXT))).toBe(false)
    expect(await walked('cleanup')).toBe(true)
  })

  it('every pin is gone while the programs serve on: refused by name, and taken over with --force', async () => {
    await apply(world, SPEC)
    const before = attached().map(p => p.id)
    rmSync(`${world.pins}/balancing`, { recursive: true })
    const refused = await run(['apply', ...file(NEXT), ...inside(world)])
    expect([refused.code, refused.stdout]).toEqual([4, ''])
    expect(refused.stderr).toMatch(/error\[orphaned-programs\] .* have lost their pins.*: .*connect4 \(id \d+\)/)
    expect((await run(['status', ...inside(world)])).stdout).toContain('orphan    connect4')
    expect(await ask()).toEqual(['p12:8080'])
    await apply(world, NEXT, '--force')
    expect(attached().filter(p => before.includes(p.id))).toEqual([])
    expect([attached().length, await ask()]).toEqual([ALL, ['p13:8080']])
  })

  it('programs that lost their pins, beside a generation that is whole: detached by --force, also by cleanup', async () => {
    const lose = async () => {
      await apply(world, SPEC)
      rmSync(`${world.pins}/balancing`, { recursive: true })
      expect(attached().length).toBe(ALL)
    }
    await lose()
    await apply(world, SPEC, '--force')
    expect(attached().length).toBe(ALL)
    expect(await apply(world, SPEC)).toContain('no changes')

    await lose()
    const refused = await run(['cleanup', ...inside(world)])
    expect([refused.code, refused.stderr]).toEqual([4, expect.stringContaining('orphaned-programs')])
    expect(attached().length).toBe(ALL)
    const done = await run(['cleanup', ...inside(world), '--force'])
    expect([done.code, done.stdout]).toEqual([0, expect.stringContaining(`detached ${ALL} programs`)])
    expect(attached()).toEqual([])
  })

  it('maps of others with the same names, and a generation that was half removed: neither is in the way', async () => {
    await apply(world, SPEC)
    for (const name of ['frontends', 'socket_revnat'] as const) createFrontends(`${world.pins}/${name}`)
    // By a build that has a folder more than ours.
    const g2 = `${world.pins}/balancing/g2`
    for (const part of ['maps', 'links']) mkdirSync(`${g2}/${part}`, { recursive: true })
    symlinkSync('maps/frontends maps/novelties=0123456789abcdef links/watch programs/connect4', `${g2}/contents`)
    for (const path of ['maps/frontends', 'maps/novelties', 'links/watch']) createFrontends(`${g2}/${path}`)
    expect(await apply(world, SPEC)).toContain('1 generation of an unfinished apply to remove')
    expect(readdirSync(`${world.pins}/balancing`)).toEqual(['g1'])
    expect([existsSync(`${world.pins}/frontends`), await ask()]).toEqual([true, ['p12:8080']])
    for (const name of ['frontends', 'socket_revnat']) rmSync(`${world.pins}/${name}`)
  })

  it('killed between attaching the new and detaching the old: seen by all, finished by the next', async () => {
    await apply(world, SPEC)
    const tool = join(folder, 'bpftool')
    // Kills apply (its parent) when it is about to detach.
    writeFileSync(
      tool,
      `#!/bin/sh\nif [ "$2 $3" = "cgroup detach" ]; then ${KILL_COMMAND}; exit 1; fi\nexec bpftool "$@"\n`,
    )
    chmodSync(tool, 0o755)
    bpftool(`map delete pinned ${world.pins}/${pins}/maps/addresses key ${'0 '.repeat(10)}255 255 10 96 0 1`)
    rmSync(`${world.pins}/${pins}/programs/connect6`)
    const killed = await run(['apply', ...file(NEXT), ...inside(world)], { env: { BALANCING_BPFTOOL: tool } })
    expect(killed.code).toBeUndefined()
    expect(attached().length).toBe(2 * ALL)
    const status = await run(['status', '--exit-code', ...inside(world)])
    expect(status.code).toBe(1)
    expect(status.stdout).toContain(`an apply was not finished: ${world.pins}/${pins}`)
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

  it('a node where something cannot be had says so: no flock, no timeout, no temporary file, a pin directory that cannot be', async () => {
    const withPath = (path: string) => run(['apply', ...file(SPEC), ...inside(world)], { env: { PATH: path } })
    const bin = mkdtempSync(join(folder, 'bin-'))
    for (const tool of ['bpftool', 'readlink', 'dirname', 'timeout'])
      execFileSync('ln', ['-s', execFileSync('which', [tool], { encoding: 'utf8' }).trim(), bin])
    const noFlock = await withPath(bin)
    expect([noFlock.code, noFlock.stderr.includes('error[no-flock]')]).toEqual([4, true])
    rmSync(join(bin, 'timeout'))
    const noTimeout = await withPath(bin)
    expect([noTimeout.code, noTimeout.stderr]).toEqual([
      4,
      expect.stringMatching(/error\[no-timeout\].*\n {2}hint: install coreutils/),
    ])
    await apply(world, SPEC)
    const noTmp = await run(['status', ...inside(world)], { env: { TMPDIR: '/nonexistent' } })
    expect([noTmp.code, noTmp.stderr.includes('error[no-temporary-file]')]).toEqual([4, true])
    const dotted = await run(['apply', ...file(SPEC), ...inside(world), '--pin-dir', `${world.pins}/a.b`])
    expect([dotted.code, dotted.stderr.includes('error[no-pin-dir]')]).toEqual([4, true])
  })
})
