// SPDX-License-Identifier: Apache-2.0
import { type ChildProcessByStdio, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import manifest from '../../package.json' with { type: 'json' }
import { programsFor } from '../../src/bpf/generation/programs.ts'
import { CONFIG_MAPS, emptyImage, STATE_MAPS } from '../../src/datapath/image.ts'
import { addressKey, frontendKey } from '../../src/datapath/keys.ts'
import { maps } from '../../src/datapath/layout.gen.ts'
import { revisionOf } from '../../src/spec/revision.ts'
import { describeWith } from '../cli/needs.ts'
import { apply, BINARY, inside, run } from './balancing.ts'
import { service, specWith, vip } from './specs.ts'
import { describeKernel } from './suite.ts'
import { createWorld, type World } from './world.ts'

const SPEC = specWith({ ...service(1, 'p12'), affinitySeconds: 60 }, service(2, 'p23'))

describeKernel('status', () => {
  let world: World
  beforeAll(async () => {
    world = await createWorld()
    await apply(world, SPEC)
  })
  afterAll(async () => {
    if (world) await run(['cleanup', ...inside(world)])
    await world?.close()
  })

  it('shows every map with its type, its room and its memory', async () => {
    const { stdout } = await run(['status', '-o', 'json', ...inside(world)])
    const status = JSON.parse(stdout)
    expect(Object.keys(status.configMaps)).toEqual([...CONFIG_MAPS])
    expect(Object.keys(status.stateMaps)).toEqual([...STATE_MAPS])
    expect(status.configMaps.frontends).toEqual({
      entries: 2,
      type: 'hash',
      maxEntries: 1024,
      memory: expect.any(Number),
    })
    expect(status.stateMaps.affinity).toEqual({ type: 'lru_hash', maxEntries: 65_536, memory: expect.any(Number) })
    // An LRU has all its memory from the start.
    const { keySize, valueSize } = maps.affinity
    expect(status.stateMaps.affinity.memory).toBeGreaterThan(65_536 * (keySize + valueSize))
    expect(status.stateMaps.socket_revnat).toEqual({ type: 'sk_storage', maxEntries: 0, memory: expect.any(Number) })
  })

  it('prints a line for each program and map, and the sum', async () => {
    const { stdout } = await run(['status', ...inside(world)])
    const json = JSON.parse((await run(['status', '-o', 'json', ...inside(world)])).stdout)
    const all: { memory: number }[] = [...Object.values(json.configMaps), ...Object.values(json.stateMaps)] as never
    const total = Math.ceil(all.reduce((sum, { memory }) => sum + memory, 0) / 1024)
    const lines = stdout.split('\n').map(line => line.split(/\s+/).slice(0, 2).join(' '))
    expect(lines).toEqual([
      'IN SYNC',
      `revision ${json.revision.slice(0, 12)}`,
      `applied ${json.applied.time}`,
      ...programsFor(emptyImage()).map(name => `program ${name}`),
      ...CONFIG_MAPS.map(name => `map ${name}`),
      ...STATE_MAPS.map(name => `state ${name}`),
      `memory ${total}`,
      '',
    ])
    expect(stdout).toMatch(/^map {7}frontends +2 of 1024 +hash +\d+ KiB$/m)
    expect(stdout).toMatch(/^state {5}affinity +at most 65536 +lru_hash +\d+ KiB$/m)
    expect(stdout).toMatch(/^state {5}socket_revnat +with each socket +sk_storage +\d+ KiB$/m)
  })

  const statusOf = async (...flags: string[]) => {
    const { stdout, stderr, code } = await run([
      'status',
      '-o',
      'json',
      '--exit-code',
      ...(flags.length > 0 ? flags : inside(world)),
    ])
    if (stdout === '') throw new Error(stderr)
    return { ...JSON.parse(stdout), code }
  }
  const firstLines = async () => (await run(['status', ...inside(world)])).stdout.split('\n')
  const bpftool = (...words: string[]) => execFileSync('bpftool', words)
  const bytes = (text: string) =>
    Buffer.from(text, 'latin1')
      .toString('hex')
      .replace(/..(?=.)/g, '$& ')
      .split(' ')
  const mapOf = (name: string) => ['pinned', `${world.pins}/balancing/g1/maps/${name}`]
  const again = () => apply(world, SPEC)

  it('says when, for which node and by which build it was applied', async () => {
    const { time, applied, syncState, kind, drift, driftUnknown, code } = await statusOf()
    expect(Date.parse(time)).toBeGreaterThan(Date.parse(applied.time))
    expect(applied).toMatchObject({ node: 'n1', by: 'apply', build: manifest.version, revision: revisionOf(SPEC) })
    expect([syncState, kind, drift, driftUnknown, code]).toEqual(['in-sync', 'Status', [], null, 0])
    const lines = await firstLines()
    expect(lines[0]).toBe(`IN SYNC  every entry is as revision ${applied.revision.slice(0, 12)} has it`)
    expect(lines[2]).toBe(`applied   ${applied.time} for n1 by balancing ${manifest.version}`)
  })

  it('shows drift key by key, with names, until the next apply', async () => {
    const [gone, mine] = [frontendKey(vip(1), 80, 6), addressKey('192.0.2.7')]
    bpftool('map', 'delete', ...mapOf('frontends'), 'key', 'hex', ...bytes(gone))
    bpftool(
      'map',
      'update',
      ...mapOf('addresses'),
      'key',
      'hex',
      ...bytes(mine),
      'value',
      'hex',
      ...Array<string>(8).fill('0'),
    )
    const { syncState, drift, code } = await statusOf()
    expect([syncState, code]).toEqual(['drifted', 1])
    expect(drift).toMatchObject([
      { map: 'frontends', kind: 'missing', services: ['default/s00001:http'] },
      { map: 'addresses', kind: 'added', services: [] },
    ])
    const lines = await firstLines()
    expect(lines[0]).toMatch(/^DRIFTED {2}2 entries differ from revision [0-9a-f]{12}; the next apply repairs it$/)
    expect(lines.slice(1, 3)).toEqual([
      '  default/s00001:http at 10.96.0.1:80/TCP is missing',
      '  the address 192.0.2.7 should not be there',
    ])
    await again()
    expect((await statusOf()).syncState).toBe('in-sync')
  })

  it('has drifted when the maps say another revision than was applied', async () => {
    const [shown] = JSON.parse(
      execFileSync('bpftool', ['-j', 'map', 'dump', ...mapOf('revision')], { encoding: 'utf8' }),
    )
    const other = ['0x07', ...shown.value.slice(1)]
    bpftool('map', 'update', ...mapOf('revision'), 'key', '0', '0', '0', '0', 'value', ...other)
    const { syncState, reason, code } = await statusOf()
    expect([syncState, code]).toEqual(['drifted', 1])
    expect(reason).toMatch(/^the maps say revision 07[0-9a-f]{10}, and [0-9a-f]{12} was applied last/)
    await again()
  })

  it('cannot judge drift without a saved spec, or with one that somebody changed', async () => {
    const elsewhere = inside(world).slice(0, -1)
    const { syncState, driftUnknown, code, applied } = await statusOf(...elsewhere, '/tmp/nothing-is-here')
    expect([syncState, code, applied]).toEqual(['unknown', 1, null])
    expect(driftUnknown).toBe('no spec is saved under /tmp/nothing-is-here')
    const folder = inside(world).at(-1)!
    const newest = readdirSync(folder)
      .filter(name => name.endsWith('.yaml'))
      .sort()
      .at(-1)!
    const text = readFileSync(join(folder, newest))
    writeFileSync(join(folder, newest), '# mine\n')
    const changed = await statusOf()
    expect([changed.syncState, changed.code]).toEqual(['unknown', 1])
    expect(changed.driftUnknown).toContain('it was changed')
    expect((await firstLines())[0]).toMatch(/^UNKNOWN {2}drift cannot be told: .*it was changed/)
    writeFileSync(join(folder, newest), text)
  })

  it('is damaged when a program is not attached, whatever the entries say', async () => {
    const [{ id, attach_type }] = JSON.parse(
      execFileSync('bpftool', ['-j', 'cgroup', 'show', world.cgroup], { encoding: 'utf8' }),
    )
    bpftool('cgroup', 'detach', world.cgroup, attach_type, 'id', String(id))
    const { syncState, reason, code } = await statusOf()
    expect([syncState, code]).toEqual(['damaged', 1])
    expect(reason).toMatch(/^programs or maps are missing: \w+; apply the spec again$/)
    await again()
    expect((await statusOf()).syncState).toBe('in-sync')
  })

  it('is damaged when its revision is missing', async () => {
    const zeros = Array(maps.revision.valueSize).fill('0')
    const pin = `${world.pins}/balancing/${readdirSync(`${world.pins}/balancing`).at(-1)}/maps/revision`
    bpftool('map', 'update', 'pinned', pin, 'key', '0', '0', '0', '0', 'value', ...zeros)
    const { syncState, reason, code } = await statusOf()
    expect([syncState, reason, code]).toEqual(['damaged', 'its revision is missing; apply the spec again', 1])
    await again()
    expect((await statusOf()).syncState).toBe('in-sync')
  })

  it('has nothing where nothing is applied', async () => {
    const flags = [
      '--cgroup',
      world.cgroup,
      '--pin-dir',
      `${world.pins}/elsewhere`,
      '--state-dir',
      '/tmp/nothing-is-here',
    ]
    await run(['cleanup', ...inside(world)])
    const { syncState, code, drift } = await statusOf(...flags)
    expect([syncState, code, drift]).toEqual(['nothing-applied', 1, []])
    await again()
  })

  describe('--watch', () => {
    let child: ChildProcessByStdio<null, Readable, Readable> | undefined
    afterEach(() => {
      child?.kill('SIGKILL')
    })
    const watching = (...flags: string[]) => {
      const words = ['status', '--watch', '--interval', '0.2', ...flags, ...inside(world)]
      child = spawn(BINARY, words, { stdio: ['ignore', 'pipe', 'pipe'] })
      return child
    }

    it('prints an object a line when nobody looks, sees what changes, and ends well when interrupted', async () => {
      const child = watching('-o', 'json')
      const seen: string[] = []
      const ended = once(child, 'close')
      for await (const line of createInterface(child.stdout)) {
        const { syncState } = JSON.parse(line)
        if (seen.length === 0)
          bpftool('map', 'delete', ...mapOf('frontends'), 'key', 'hex', ...bytes(frontendKey(vip(2), 80, 6)))
        if (seen.length > 0 && syncState === 'drifted' && seen.at(-1) === 'in-sync') child.kill('SIGINT')
        seen.push(syncState)
      }
      expect((await ended)[0]).toBe(0)
      expect([seen[0], seen.at(-1)]).toEqual(['in-sync', 'drifted'])
      await again()
    })

    it('separates blocks of text by an empty line', async () => {
      const child = watching()
      const ended = once(child, 'close')
      let text = ''
      for await (const chunk of child.stdout) {
        text += chunk
        if (text.split('\n\n').length === 3) child.kill('SIGINT')
      }
      expect((await ended)[0]).toBe(0)
      const blocks = text.split('\n\n')
      expect(blocks.slice(0, 2).map(block => block.split('  ')[0])).toEqual(['IN SYNC', 'IN SYNC'])
      expect(text).not.toContain('\x1b')
    })

    it('ends when its reader goes away', async () => {
      const child = watching('-o', 'json')
      const ended = once(child, 'close')
      await once(child.stdout, 'data')
      child.stdout.destroy()
      expect((await ended)[0]).toBe(0)
    })

    it('goes on when a later look fails, and says why', async () => {
      const child = watching('-o', 'json')
      const ended = once(child, 'close')
      await once(child.stdout, 'data')
      mkdirSync(`${world.pins}/balancing/theirs`)
      const [complaint] = await once(child.stderr, 'data')
      rmSync(`${world.pins}/balancing/theirs`, { recursive: true })
      expect(String(complaint)).toContain('holds what this balancing did not make: theirs')
      await once(child.stdout, 'data')
      child.kill('SIGINT')
      expect((await ended)[0]).toBe(0)
    })

    it('ends when the first look fails', async () => {
      const { code, stderr } = await run(['status', '--watch', '--pin-dir', '/tmp/pins', '--cgroup', world.cgroup])
      expect([code, stderr]).toEqual([4, expect.stringContaining('error[no-bpffs]')])
    })

    describeWith('script', 'on a terminal', () => {
      it('draws over what it drew, and cuts what does not fit', async () => {
        const words = [BINARY, 'status', '--watch', '--interval', '0.2', ...inside(world)].join(' ')
        const command = `stty rows 6; timeout -s INT 5 ${words}`
        const child = spawn('script', ['-qec', command, '/dev/null'], { stdio: ['ignore', 'pipe', 'ignore'] })
        const screens = (await text(child.stdout)).split('\x1b[H\x1b[J').slice(1)
        expect(screens.length).toBeGreaterThan(1)
        for (const screen of screens.slice(0, -1)) expect(screen.split('\n').length).toBe(6)
        expect(screens[0]).toContain('IN SYNC')
      })
    })

    it('has no exit code to give', async () => {
      const { code, stderr } = await run(['status', '--watch', '--exit-code', ...inside(world)])
      expect([code, stderr]).toEqual([2, expect.stringContaining("'--watch' cannot be used with option '--exit-code'")])
      expect((await run(['status', '--interval', '0', ...inside(world)])).code).toBe(2)
    })
  })
})
