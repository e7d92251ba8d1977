// SPDX-License-Identifier: Apache-2.0
import { execFileSync, spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Finding } from '../../src/doctor/finding.ts'
import { printYaml } from '../../src/spec/print.ts'
import { apply, BINARY, inside, type Ran, remembering, run } from './balancing.ts'
import { mountOf } from './capable.ts'
import { runOn } from './machine.ts'
import { service, specWith, vip } from './specs.ts'
import { describeKernel } from './suite.ts'
import { createWorld, type World } from './world.ts'

const SPEC = specWith(...[1, 2, 3, 4].map(n => service(n, 'p12')))

/** What apply refuses: one clear sentence, the right exit code, nothing changed. */
describeKernel('apply refuses', () => {
  let world: World
  let folder: string
  let file: string
  beforeAll(async () => {
    world = await createWorld()
    folder = mkdtempSync(join(tmpdir(), 'balancing-refusals-'))
    file = join(folder, 'spec.yaml')
    writeFileSync(file, printYaml(SPEC))
  })
  afterAll(async () => {
    if (world) await run(['cleanup', ...inside(world)])
    await world?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const applyTo = (flags: string[], env?: NodeJS.ProcessEnv) =>
    run(['apply', '-f', file, '--node', 'n1', ...flags], env ? { env } : {})
  const expectRefused = ({ code, stdout, stderr }: Ran, exitCode: number, sentence: RegExp) => {
    expect(stderr).toMatch(sentence)
    expect([stdout, code]).toEqual(['', exitCode])
    expect(stderr.split('\n').length).toBeLessThanOrEqual(3)
  }
  const pins = () => (existsSync(`${world.pins}/balancing`) ? readdirSync(`${world.pins}/balancing`) : [])

  it('a cgroup that is none', async () => {
    const at = (cgroup: string) => applyTo([...inside(world), '--cgroup', cgroup])
    expectRefused(await at('/tmp'), 4, /error\[no-cgroup\] \/tmp is not a cgroup2 directory/)
    expectRefused(await at('/nowhere'), 4, /error\[no-cgroup\] there is no cgroup \/nowhere/)
    expect(pins()).toEqual([])
  })

  it('a machine without cgroup2', () => {
    // A mount namespace of its own, in which nothing of the kind is mounted.
    const script = `while umount -l "$(awk '/ - cgroup2 /{print $5; exit}' /proc/self/mountinfo)" 2>/dev/null; do :; done; exec "$0" "$@"`
    const args = [
      '-m',
      'sh',
      '-c',
      script,
      BINARY,
      'apply',
      '-f',
      file,
      '--node',
      'n1',
      '--pin-dir',
      `${world.pins}/balancing`,
      ...remembering(world),
    ]
    const { status, stdout, stderr } = spawnSync('unshare', args, { encoding: 'utf8' })
    expectRefused({ code: status ?? undefined, stdout, stderr }, 4, /error\[no-cgroup2\] cgroup2 is not mounted/)
  })

  it('the root of a container in place of that of the node, unless it is named', () => {
    const mount = mountOf('cgroup2')!
    const script = `echo $$ > ${world.cgroup}/cgroup.procs
exec unshare -C -m sh -ec 'umount -l ${mount}; mount -t cgroup2 none ${mount}; exec "$@"' sh "$@"`
    const flags = ['--pin-dir', `${world.pins}/balancing`, ...remembering(world)]
    const inContainer = (...words: string[]) => runOn({ script }, [...words, ...flags])
    const sentence =
      /error\[partial-cgroup\] \S+ is not the root of the node's cgroup2 hierarchy.*\n {2}hint: mount the node's/
    for (const command of [
      ['apply', '-f', file, '--node', 'n1'],
      ['diff', '-f', file, '--node', 'n1'],
      ['status'],
      ['cleanup'],
    ])
      expectRefused(inContainer(...command), 4, sentence)
    expect(pins()).toEqual([])
    expect(inContainer('apply', '-f', file, '--node', 'n1', '--cgroup', mount)).toMatchObject({ code: 0, stderr: '' })
    expect(inContainer('status', '--exit-code', '--cgroup', mount)).toMatchObject({ code: 0 })
    expect(inContainer('cleanup', '--cgroup', mount)).toMatchObject({ code: 0 })
  })

  it('another cgroup than the one that is served: every command, in the same words', async () => {
    await apply(world, SPEC)
    const other = `${world.cgroup}/other`
    mkdirSync(other)
    const flags = [...inside(world), '--cgroup', other]
    const sentence = new RegExp(
      `error\\[other-cgroup\\] the programs under \\S+ are attached to ${world.cgroup}, not to ${other}\n {2}hint: give --cgroup ${world.cgroup}`,
    )
    for (const command of [
      ['status'],
      ['status', '--exit-code'],
      ['cleanup'],
      ['diff', '-f', file, '--node', 'n1'],
      ['explain', vip(1)],
    ])
      expectRefused(await run([...command, ...flags]), 4, sentence)
    expectRefused(await applyTo(flags), 4, sentence)
    expectRefused(await applyTo([...flags, '--dry-run']), 4, sentence)
    const { stdout, stderr } = await run(['history', ...flags])
    expect([stdout, stderr]).toEqual([
      expect.stringContaining('n1'),
      expect.stringMatching(/unknown which one is applied: the programs under/),
    ])
    const { checks } = JSON.parse((await run(['doctor', '-o', 'json', ...flags])).stdout) as { checks: Finding[] }
    expect(checks.find(c => c.name === 'applied')).toMatchObject({
      result: 'fail',
      found: expect.stringContaining('are attached to'),
    })
    rmdirSync(other)
    await run(['cleanup', ...inside(world)])
  })

  it('a cgroup that was removed: every command says what went with it; cleanup removes the rest', async () => {
    const cgroup = `${world.cgroup}/gone`
    const flags = [...inside(world), '--cgroup', cgroup]
    mkdirSync(cgroup)
    expect((await applyTo(flags)).code).toBe(0)
    rmdirSync(cgroup)
    const sentence =
      /error\[no-cgroup\] there is no cgroup \S+gone; if it was removed, .*\n {2}hint: apply with another --cgroup/
    for (const command of [['status'], ['diff', '-f', file, '--node', 'n1'], ['apply', '-f', file, '--node', 'n1']])
      expectRefused(await run([...command, ...flags]), 4, sentence)
    mkdirSync(cgroup)
    const status = await run(['status', '--exit-code', ...flags])
    expect([status.code, status.stdout]).toEqual([
      1,
      expect.stringMatching(/^DAMAGED {2}no program is attached: the cgroup was removed, or all programs/),
    ])
    expect(status.stdout).not.toContain('not finished')
    rmdirSync(cgroup)
    expect(await run(['cleanup', ...flags])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('detached 0 programs, removed'),
    })
    expect([pins(), existsSync(`${world.pins}/balancing`)]).toEqual([[], false])
  })

  it('no cleanup because a directory is a mount point, as in a pod: it stays, empty', async () => {
    await apply(world, SPEC)
    const [state, pinDir] = [remembering(world).at(-1)!, `${world.pins}/balancing`]
    const script = `mount --bind ${state} ${state}; mount --bind ${pinDir} ${pinDir}`
    const { code, stdout, stderr } = runOn({ script }, ['cleanup', ...inside(world)])
    expect([code, stdout, stderr]).toEqual([0, expect.stringMatching(/detached \d+ programs, emptied /), ''])
    expect([pins(), readdirSync(state)]).toEqual([[], []])
    rmdirSync(pinDir)
  })

  it('a pin directory that is not on bpffs', async () => {
    const answer = await applyTo([...inside(world), '--pin-dir', join(folder, 'pins')])
    expectRefused(answer, 4, /error\[no-bpffs\] .*pins is not on a BPF file system/)
    expect(existsSync(join(folder, 'pins'))).toBe(false)
  })

  it('a pin directory that another user made or may enter', async () => {
    const pins = `${world.pins}/balancing`
    const refusals = async (message: RegExp) => {
      expectRefused(await applyTo(inside(world)), 4, message)
      expectRefused(await run(['cleanup', ...inside(world)]), 4, message)
      expectRefused(await run(['status', ...inside(world)]), 4, message)
      expect((await run(['doctor', ...inside(world)])).stdout).toMatch(/fail +bpffs .*\n +→ ch(own|mod) /)
    }
    mkdirSync(pins, { mode: 0o755 })
    await refusals(/error\[not-private\] the pin directory .* is open to other users .mode 0755.\n +hint: chmod 700 /)
    chmodSync(pins, 0o700)
    chownSync(pins, 12345, 12345)
    await refusals(
      /error\[not-private\] the pin directory .* belongs to another user .uid 12345.\n +hint: chown root: /,
    )
    expect(readdirSync(pins)).toEqual([])
    rmdirSync(pins)
  })

  it('a pin directory that holds what it did not make', async () => {
    mkdirSync(`${world.pins}/balancing/theirs`, { recursive: true, mode: 0o700 })
    expectRefused(
      await applyTo(inside(world)),
      4,
      /error\[foreign-pins\] .* holds what this balancing did not make: theirs/,
    )
    const cleanup = await run(['cleanup', ...inside(world)])
    expectRefused(cleanup, 4, /error\[foreign-pins\]/)
    rmSync(`${world.pins}/balancing/theirs`, { recursive: true })
  })

  it.each(['-all', '-all,+bpf,+net_admin,+perfmon'])('no permission: %s', capabilities => {
    // Still uid 0, so that it can read a checkout of root's.
    const drop = ['--bounding-set', capabilities, '--inh-caps', capabilities]
    const args = [...drop, BINARY, 'apply', '-f', file, '--node', 'n1', ...inside(world)]
    const { status, stdout, stderr } = spawnSync('setpriv', args, { encoding: 'utf8' })
    expectRefused({ code: status ?? undefined, stdout, stderr }, 4, /error\[no-permission\] this needs root/)
  })

  it('a bpftool that is too old, or missing', async () => {
    const old = join(folder, 'bpftool')
    writeFileSync(old, `#!/bin/sh\necho '{"version":"5.10.92"}'\n`)
    chmodSync(old, 0o755)
    expectRefused(
      await applyTo(inside(world), { BALANCING_BPFTOOL: old }),
      4,
      /error\[bpftool-too-old\] bpftool 5\.10 is too old/,
    )
    const missing = await applyTo(inside(world), { BALANCING_BPFTOOL: '/nowhere/bpftool' })
    expectRefused(missing, 4, /error\[bpftool-missing\] \/nowhere\/bpftool cannot be started: /)
    expect(pins()).toEqual([])
  })

  it('maps of which nobody can tell what they serve, unless --force is given', async () => {
    await apply(world, SPEC)
    const generation = `${world.pins}/balancing/g1`
    const bpftool = (text: string) => execFileSync('bpftool', text.split(' '))
    bpftool(`map update pinned ${generation}/maps/revision key 0 0 0 0 value ${Array(80).fill('0').join(' ')}`)
    rmSync(`${generation}/programs`, { recursive: true })
    rmSync(`${generation}/maps/addresses`)
    bpftool(`map create ${generation}/maps/addresses type hash key 8 value 4 entries 16 name addresses`)
    const sentence = /error\[unreadable-generation\] the maps under .*g1 are damaged: .*\n {2}hint: give --force/
    expectRefused(await applyTo(inside(world)), 4, sentence)
    expect((await applyTo([...inside(world), '--force'])).code).toBe(0)
    expect(pins()).toEqual(['g2'])
    await run(['cleanup', ...inside(world)])
  })

  it('a spec that would take the backends of many Services, unless --force is given', async () => {
    await apply(world, SPEC)
    writeFileSync(file, printYaml(specWith(service(1, 'p12'), ...[2, 3, 4].map(n => service(n)))))
    const sentence =
      /error\[mass-removal\] 3 of 4 service ports that serve now would lose their last backend: default\/s00002:http, /
    expectRefused(await applyTo(inside(world)), 3, sentence)
    expectRefused(await applyTo([...inside(world), '--dry-run']), 3, sentence)
    writeFileSync(file, printYaml(specWith()))
    expectRefused(await applyTo(inside(world)), 3, /error\[mass-removal\] 4 of 4 service ports/)
    expect((await applyTo([...inside(world), '--force'])).code).toBe(0)
  })

  it('a node that the spec does not hold', async () => {
    writeFileSync(file, printYaml(SPEC))
    const answer = await run(['apply', '-f', file, '--node', 'n11', ...inside(world)])
    expectRefused(answer, 3, /error\[unknown-node\] the spec has no node "n11"\n {2}hint: did you mean --node n1\?/)
  })
})
