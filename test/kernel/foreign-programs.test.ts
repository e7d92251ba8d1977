// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { programsFor } from '../../src/bpf/generation/programs.ts'
import { emptyImage } from '../../src/datapath/image.ts'
import { printYaml } from '../../src/spec/print.ts'
import { inside, run } from './balancing.ts'
import { service, specWith } from './specs.ts'
import { describeKernel } from './suite.ts'
import { createWorld, type World } from './world.ts'

const ALL = programsFor(emptyImage()).length
const SPEC = specWith(service(1, 'p12'))

/**
 * bpftool as it is under kernels before 6.0: `show` and `tree` ask for what the kernel does not know; only what is in
 * effect is answered. (5.10 under qemu is asked the same in test/kernels.)
 */
const OLD_BPFTOOL = `#!/bin/sh
case "$*" in
*effective) exec bpftool "$@" ;;
*"cgroup show"*) [ -z "$(bpftool "$@")" ] || { echo '[]'; exit 255; } ;;
*"cgroup tree"*) bpftool "$@" | sed 's/"programs":\\[[^]]*\\]/"programs":[]/g' ;;
*) exec bpftool "$@" ;;
esac
`

/** upper is above ours, lower below it. */
type Level = 'upper' | 'ours' | 'lower'

describeKernel('foreign programs', () => {
  let world: World
  let folder: string
  let cgroups: Record<Level, string>
  beforeAll(async () => {
    world = await createWorld({ nodes: [], outside: [], ports: [1] })
    folder = mkdtempSync(join(tmpdir(), 'balancing-foreign-'))
    writeFileSync(join(folder, 'spec.yaml'), printYaml(SPEC))
    writeFileSync(join(folder, 'bpftool'), OLD_BPFTOOL)
    chmodSync(join(folder, 'bpftool'), 0o755)
    execFileSync('bpftool', ['prog', 'loadall', 'build/bpf/cgroup.bpf.o', `${world.pins}/theirs`])
  })
  beforeEach(() => {
    const upper = `${world.cgroup}/upper`
    cgroups = { upper, ours: `${upper}/ours`, lower: `${upper}/ours/lower` }
    mkdirSync(cgroups.lower, { recursive: true })
  })
  afterEach(async () => {
    await run(['cleanup', ...at('ours')])
    for (const level of ['lower', 'ours', 'upper'] as const) rmdirSync(cgroups[level])
  })
  afterAll(async () => {
    await world?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const at = (level: Level) => [...inside(world).slice(2), '--cgroup', cgroups[level]]
  const ask = (...args: string[]) =>
    JSON.parse(execFileSync('bpftool', ['-j', ...args], { encoding: 'utf8' }).trim() || '[]')
  const attach = (level: Level, program: string, ...flags: string[]) =>
    execFileSync('bpftool', [
      'cgroup',
      'attach',
      cgroups[level],
      program,
      'pinned',
      `${world.pins}/theirs/${program}`,
      ...flags,
    ])
  const idOf = (program: string): number => ask('prog', 'show', 'pinned', `${world.pins}/theirs/${program}`).id
  const inEffect = (level: Level): number[] =>
    ask('cgroup', 'show', cgroups[level], 'effective').map((p: { id: number }) => p.id)

  describe.each([
    ['where the kernel says all', undefined],
    ['where it says only what is in effect', 'bpftool'],
  ])('%s', (_, tool) => {
    const balancing = (...args: string[]) => run(args, tool ? { env: { BALANCING_BPFTOOL: join(folder, tool) } } : {})
    const apply = (...flags: string[]) =>
      balancing('apply', '-f', join(folder, 'spec.yaml'), '--node', 'n1', ...at('ours'), ...flags)
    const status = async () => JSON.parse((await balancing('status', '-o', 'json', ...at('ours'))).stdout)

    it('nobody: the second apply writes nothing, and status has all attached', async () => {
      expect(await apply()).toMatchObject({ code: 0, stderr: '' })
      expect((await apply()).stdout).toMatch(/^no changes/)
      expect((await balancing('status', '--exit-code', ...at('ours'))).code).toBe(0)
      expect((await balancing('cleanup', ...at('ours'))).stdout).toContain(`detached ${ALL} programs`)
      expect(inEffect('ours')).toEqual([])
    })

    it('beside ours, above and below: named with their cgroups, and none is touched', async () => {
      attach('ours', 'connect4', 'multi')
      attach('upper', 'sendmsg6', 'multi')
      attach('lower', 'recvmsg4', 'multi')
      const expected = [
        ['connect4', 'cgroup_inet4_connect', cgroups.ours],
        ['sendmsg6', 'cgroup_udp6_sendmsg', cgroups.upper],
        ['recvmsg4', 'cgroup_udp4_recvmsg', cgroups.lower],
      ] as const
      const { code, stderr } = await apply()
      const note = ([name, hook, cgroup]: (typeof expected)[number]) =>
        `note: the foreign program ${name} (id ${idOf(name)}, ${hook}) is attached to ${cgroup} too\n`
      expect([code, stderr]).toEqual([0, expected.map(note).join('')])
      const { foreignPrograms, programs } = await status()
      expect(foreignPrograms).toMatchObject(
        expected.map(([name, hook, cgroup]) => ({ id: idOf(name), name, hook, cgroup })),
      )
      expect(new Set(Object.values(programs))).toEqual(new Set(['attached']))
      const text = (await balancing('status', ...at('ours'))).stdout
      expect(text).toContain(`foreign   recvmsg4 (id ${idOf('recvmsg4')}) at cgroup_udp4_recvmsg of ${cgroups.lower}\n`)
      await balancing('cleanup', ...at('ours'))
      expect(inEffect('ours')).toEqual([idOf('connect4'), idOf('sendmsg6')])
      expect(inEffect('lower')).toContain(idOf('recvmsg4'))
    })

    it('ours in another cgroup: refused, and nothing is orphaned', async () => {
      await apply()
      const { code, stderr } = await balancing('cleanup', ...at('lower'))
      expect([code, stderr]).toEqual([
        4,
        expect.stringContaining(`are attached to ${cgroups.ours}, not to ${cgroups.lower}`),
      ])
      expect(inEffect('ours').length).toBe(ALL)
    })

    it.each([
      ['ours', []],
      ['ours', ['override']],
      ['upper', []],
      ['upper', ['override']],
    ] as const)('one in %s that leaves no room (%j): refused, named, and nothing is changed', async (level, flags) => {
      attach(level, 'sendmsg4', ...flags)
      const refused = await apply()
      expect([refused.code, refused.stdout]).toEqual([tool ? 5 : 4, ''])
      expect(refused.stderr).toContain(`the foreign program sendmsg4 (id ${idOf('sendmsg4')}, cgroup_udp4_sendmsg)`)
      expect(refused.stderr).toContain(`attached to ${cgroups[level]}`)
      expect(inEffect('ours')).toEqual([idOf('sendmsg4')])
      expect(existsSync(`${world.pins}/balancing`)).toBe(false)
      if (tool) return
      expect((await apply('--dry-run')).code).toBe(4)
    })

    it('one that came later without leaving room above does not stop an update or a new generation', async () => {
      await apply()
      attach('upper', 'connect4', 'override')
      rmSync(`${world.pins}/balancing/g1/programs/connect6`)
      const again = await apply()
      expect([again.code, again.stdout]).toEqual([0, expect.stringContaining('programs or maps are missing')])
      expect(inEffect('ours').length).toBe(ALL)
    })
  })
})
