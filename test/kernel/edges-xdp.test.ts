// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { printYaml } from '../../src/spec/print.ts'
import { type Arm, makeArm, within } from './arm.ts'
import { BINARY, run } from './balancing.ts'
import { makeBuild, makeTwin, WITHOUT_XDP } from './builds.ts'
import { dualService } from './edge-rig.ts'
import { loadPassAll } from './pass-all.ts'
import { service, specWith } from './specs.ts'
import { describeKernel } from './suite.ts'
import { makeTool } from './tool.ts'
import { cgroupOf, pinsOf, removeTraces, stateOf } from './traces.ts'
import { type Party, startParty } from './xdp-party.ts'

const ID = `bal-${process.pid}-2`
const SPEC = specWith(dualService(service(1, 'p22'), 'TCP'), dualService(service(2, 'p22'), 'UDP'))
const ALL = 'TCP4 TCP6 UDP4 UDP6'
const NATIVE = ['--device', 'node', '--xdp', 'native']

/** XDP at the edges of a node in a network namespace: `node` is one end of a veth pair, `tap0` a device of the kind that has XDP by default. */
describeKernel('XDP at edges', () => {
  let arm: Arm
  let folder: string
  let party: Party
  beforeAll(async () => {
    arm = makeArm(ID, 'edges')
    folder = mkdtempSync(join(tmpdir(), 'balancing-xdp-'))
    writeFileSync(join(folder, 'spec.yaml'), printYaml(SPEC))
    for (const path of [cgroupOf(ID), pinsOf(ID)]) mkdirSync(path)
    for (const name of ['theirs', 'passes']) loadPassAll(name, pinOf(name))
    attachOutside()
    party = await startParty(arm)
  })
  beforeEach(() => {
    onNode('ip', 'tuntap', 'add', 'mode', 'tap', 'tap0')
    onNode('ip', 'link', 'set', 'tap0', 'up')
  })
  afterEach(async () => {
    const { code, stderr } = await balancing('cleanup', '--force')
    const left = onNode('bpftool', '-j', 'net', 'show')
    onNode('ip', 'link', 'del', 'tap0')
    expect([code, stderr, programs(left), existsSync(pins())]).toEqual([0, '', [], false])
  })
  afterAll(() => {
    party?.child.kill('SIGKILL')
    removeTraces(ID)
    rmSync(folder, { recursive: true, force: true })
  })

  /** A veth device takes what its peer transmits by XDP only when it has a program itself. */
  const attachOutside = () =>
    within(arm.outside, 'bpftool', ['net', 'attach', 'xdpdrv', 'pinned', pinOf('passes'), 'dev', 'outside'])
  const pins = () => `${pinsOf(ID)}/balancing`
  const pinOf = (name: string) => `${pinsOf(ID)}/${name}`
  const onNode = (program: string, ...args: string[]) => within(arm.node, program, args)
  const flags = () => ['--cgroup', cgroupOf(ID), '--pin-dir', pins(), '--state-dir', stateOf(ID)]
  const balancing = (...args: string[]) => run([...args, ...flags()], { netns: arm.node })
  const applying = (more: readonly string[], env = {}, binary = BINARY) =>
    run(['apply', '-f', join(folder, 'spec.yaml'), '--node', 'n1', ...flags(), ...more], {
      netns: arm.node,
      env,
      binary,
    })

  async function apply(...more: string[]): Promise<{ stdout: string; stderr: string }> {
    const { code, stdout, stderr } = await applying(more)
    expect([code, stderr]).toEqual([0, expect.not.stringContaining('error')])
    return { stdout, stderr }
  }

  function programs(shown: string): unknown[] {
    const [{ xdp, tc }] = JSON.parse(shown) as [{ xdp: unknown[]; tc: unknown[] }]
    return [...xdp, ...tc]
  }

  /** The XDP program of a device by name, and its id. */
  function xdpAt(device: string): { name: string; id: number } | undefined {
    const [{ xdp }] = JSON.parse(onNode('ip', '-j', '-d', 'link', 'show', device)) as [
      { xdp?: { mode: number; prog: { name: string; id: number } } },
    ]
    if (xdp) expect(xdp.mode).toBe(1)
    return xdp && { name: xdp.prog.name, id: xdp.prog.id }
  }

  /** How many packets XDP has transmitted at the node's end. */
  function taken(): number {
    const lines = onNode('ethtool', '-S', 'node').matchAll(/rx_queue_\d+_xdp_tx: (\d+)/g)
    return [...lines].reduce((sum, [, count]) => sum + Number(count), 0)
  }

  async function status() {
    const { stdout } = await balancing('status', '-o', 'json')
    const { syncState, reason, edges, stateMaps } = JSON.parse(stdout)
    return { syncState, reason, edges, hotFlows: stateMaps.hot_flows?.maxEntries }
  }

  /** What status says of the XDP of each edge. */
  async function xdpOfEdges(): Promise<string[]> {
    const { syncState, edges } = await status()
    const texts = edges.map(
      (e: { device: string; xdp: boolean; withoutXdp: string | null }) => `${e.device} ${e.xdp} ${e.withoutXdp}`,
    )
    return [syncState, ...texts]
  }

  const generations = () => readdirSync(pins()).sort()
  const manifest = () => readlinkSync(`${pins()}/${generations().at(-1)}/contents`)
  const VETH =
    'node false the other end of a veth pair takes what XDP transmits only with an XDP program; --xdp native attaches all the same'

  it('takes packets of TCP and UDP in both families; without it, clients see no difference', async () => {
    const { stdout } = await apply(...NATIVE)
    expect(stdout).toContain('+ edge node (10.77.0.1, fd00:77::1, XDP) gained')
    expect(await party.ask('open with')).toBe(ALL)
    const before = taken()
    for (let i = 0; i < 5; i++) expect(await party.ask('talk with')).toBe(ALL)
    // Each of four clients sends to the VIP, the node to the backend, the backend to the node, and the node to the client.
    expect(taken() - before).toBeGreaterThanOrEqual(2 * 4 * 4)
    expect((await apply(...NATIVE)).stdout).toContain('no changes')
    expect(await status()).toMatchObject({
      syncState: 'in-sync',
      hotFlows: 65_536,
      edges: [{ xdp: true, withoutXdp: null }],
    })
    expect((await balancing('status')).stdout).toMatch(/^edge {6}node {11}attached, XDP \(10\.77\.0\.1, fd00:77::1\)$/m)

    expect((await apply('--device', 'node', '--xdp', 'off')).stdout).toContain(
      '* edge node (10.77.0.1, fd00:77::1) changed: XDP removed: it is switched off',
    )
    expect([xdpAt('node'), generations()]).toEqual([undefined, ['g1']])
    const off = taken()
    for (let i = 0; i < 3; i++) expect(await party.ask('talk with')).toBe(ALL)
    expect(taken()).toBe(off)
    expect(await xdpOfEdges()).toEqual(['in-sync', 'node false it is switched off'])

    const again = await apply(...NATIVE)
    expect(again.stdout).toContain('* edge node (10.77.0.1, fd00:77::1, XDP) changed: XDP added')
    expect(await party.ask('talk with')).toBe(ALL)
    expect(await party.ask('open again')).toBe(ALL)
    expect(generations()).toEqual(['g1'])
  })

  it('is there by default where the device takes it, and makes room for hot flows only then', async () => {
    await apply('--device', 'node')
    expect([await xdpOfEdges(), (await status()).hotFlows]).toEqual([['in-sync', VETH], 1])
    const { stdout } = await apply('--device', 'node', '--device', 'tap0')
    expect(stdout).toContain('new maps and programs: XDP needs room for hot flows')
    expect([xdpAt('node'), xdpAt('tap0')?.name, (await status()).hotFlows]).toEqual([undefined, 'express', 65_536])
    expect(await xdpOfEdges()).toEqual(['in-sync', VETH, 'tap0 true null'])
    const json = await applying(['--device', 'node', '--device', 'tap0', '-o', 'json'])
    expect(JSON.parse(json.stdout)).toMatchObject({
      outcome: 'unchanged',
      edges: { xdp: ['tap0'], withoutXdp: { node: VETH.slice('node false '.length) } },
    })
  })

  it.each([
    ['on a node without programs', []],
    ['on a node with edges', ['--device', 'node', '--xdp', 'off']],
    ['where another device has it', ['--device', 'tap0']],
  ])('is refused (4) when it is asked for and a device does not take it, %s; nothing changes', async (_, before) => {
    if (before.length > 0) await apply(...before)
    const shown = () => [
      onNode('bpftool', '-j', 'net', 'show'),
      existsSync(pins()) ? manifest() : '',
      onNode('tc', 'qdisc', 'show'),
    ]
    const state = shown()
    setMtu(9000)
    const asked = ['--device', 'tap0', '--device', 'node', '--xdp', 'native']
    const { code, stderr } = await applying(asked)
    setMtu(1500)
    expect([code, stderr]).toEqual([
      4,
      expect.stringContaining(
        'error[no-native-xdp] the device node cannot have native XDP: Numerical result out of range: veth: Peer MTU is too large to set XDP',
      ),
    ])
    expect(shown()).toEqual(state)
  })

  /** Of both ends. A program at one limits the other. */
  function setMtu(mtu: number): void {
    if (mtu !== 1500) within(arm.outside, 'bpftool', ['net', 'detach', 'xdpdrv', 'dev', 'outside'])
    onNode('ip', 'link', 'set', 'node', 'mtu', String(mtu))
    within(arm.outside, 'ip', ['link', 'set', 'outside', 'mtu', String(mtu)])
    if (mtu === 1500) attachOutside()
  }

  /** A bpftool that does as if the driver of tap0 refused. */
  const refusing = () => ({
    BALANCING_BPFTOOL: makeTool(
      folder,
      `case "$*" in
*"net attach xdpdrv"*"dev tap0"*)
  echo "$@" >> ${folder}/tries
  echo 'libbpf: Kernel error message: MTU too large for XDP' >&2
  echo '{"error":"interface xdpdrv attach failed: Invalid argument"}'
  exit 234 ;;
esac
exec bpftool "$@"`,
    ),
  })

  it('is left to tc by default where a device refuses it: the reason is told, and it is tried again when the device changes', async () => {
    const reason = 'it refuses native XDP: Invalid argument: MTU too large for XDP (MTU 1500)'
    const env = refusing()
    const tries = () => readFileSync(join(folder, 'tries'), 'utf8').split('\n').length - 1
    const first = await applying(['--device', 'tap0', '-o', 'json'], env)
    expect([first.code, first.stderr]).toEqual([
      0,
      expect.stringContaining(`note: tc alone serves the edge tap0: ${reason}`),
    ])
    expect(JSON.parse(first.stdout).edges).toMatchObject({ gained: ['tap0'], xdp: [], withoutXdp: { tap0: reason } })
    expect([await xdpOfEdges(), manifest()]).toEqual([
      ['in-sync', `tap0 false ${reason}`],
      expect.not.stringContaining('xdp/4'),
    ])
    expect((await applying(['--device', 'tap0'], env)).stdout).toContain('no changes')
    expect(tries()).toBe(1)
    onNode('ip', 'link', 'set', 'tap0', 'mtu', '1400')
    expect(await xdpOfEdges()).toEqual(['in-sync', 'tap0 false the next apply attaches it'])
    await applying(['--device', 'tap0'], env)
    expect(tries()).toBe(2)
    onNode('ip', 'link', 'set', 'tap0', 'mtu', '1300')
    expect((await apply('--device', 'tap0')).stdout).toContain('* edge tap0 (XDP) changed: XDP added')
    expect(xdpAt('tap0')?.name).toBe('express')
  })

  it('leaves a foreign program alone: refused (4) when asked for, by default served by tc, and the program is named', async () => {
    onNode('bpftool', 'net', 'attach', 'xdpdrv', 'pinned', pinOf('theirs'), 'dev', 'tap0')
    const theirs = xdpAt('tap0')!
    const foreign = `the foreign XDP program theirs (id ${theirs.id}, native) is attached`
    const refused = await applying(['--device', 'tap0', '--xdp', 'native'])
    expect([refused.code, refused.stderr, existsSync(pins())]).toEqual([
      4,
      expect.stringContaining(`error[no-native-xdp] the device tap0 cannot have native XDP: ${foreign}`),
      false,
    ])
    await apply('--device', 'tap0')
    expect([await xdpOfEdges(), xdpAt('tap0')]).toEqual([['in-sync', `tap0 false ${foreign}`], theirs])
    expect((await balancing('status')).stdout).toContain(`no XDP: ${foreign}`)
    expect(await foreignXdp()).toEqual([
      'warn',
      `theirs (id ${theirs.id}, native XDP of tap0): packets meet it before our programs, and never ours if it does not pass them`,
    ])
    onNode('bpftool', 'net', 'detach', 'xdpdrv', 'dev', 'tap0')
    expect(await xdpOfEdges()).toEqual(['in-sync', 'tap0 false the next apply attaches it'])
    await apply('--device', 'tap0')
    expect([xdpAt('tap0')?.name, await foreignXdp()]).toEqual([
      'express',
      ['ok', 'no foreign XDP program is at an edge; with XDP: tap0'],
    ])
  })

  /** What doctor says of foreign XDP programs. */
  async function foreignXdp(): Promise<string[]> {
    const { stdout } = await balancing('doctor', '-o', 'json')
    const { checks } = JSON.parse(stdout) as { checks: { name: string; result: string; found: string }[] }
    return checks.flatMap(({ name, result, found }) => (name === 'foreign-xdp' ? [result, found] : []))
  }

  it('is found when it was removed, replaced, or its device made anew; apply repairs it', async () => {
    const asked = ['--device', 'node', '--device', 'tap0', '--xdp', 'native']
    await apply(...asked)
    onNode('bpftool', 'net', 'detach', 'xdpdrv', 'dev', 'node')
    const lacks = 'edge node lacks the program express: its program was removed; apply the spec again'
    expect(await status()).toMatchObject({ syncState: 'damaged', reason: lacks })
    expect((await apply(...asked)).stdout).toContain('* edge node (10.77.0.1, fd00:77::1, XDP) repaired')
    expect([xdpAt('node')?.name, (await status()).syncState]).toEqual(['express', 'in-sync'])

    onNode('bpftool', 'net', 'attach', 'xdpdrv', 'pinned', pinOf('theirs'), 'dev', 'node', 'overwrite')
    const foreign = `the foreign XDP program theirs (id ${xdpAt('node')!.id}, native) is attached`
    expect((await status()).reason).toContain(`edge node lacks the program express: ${foreign}`)
    expect((await applying(asked)).code).toBe(4)
    onNode('bpftool', 'net', 'detach', 'xdpdrv', 'dev', 'node')
    await apply(...asked)

    onNode('ip', 'link', 'del', 'tap0')
    expect((await status()).reason).toContain('edge tap0 is gone: there is no such device')
    onNode('ip', 'tuntap', 'add', 'mode', 'tap', 'tap0')
    onNode('ip', 'link', 'set', 'tap0', 'up')
    expect((await status()).reason).toContain('edge tap0 has no programs: the device was made anew')
    expect((await apply(...asked)).stdout).toContain('* edge tap0 (XDP) repaired')
    expect([xdpAt('tap0')?.name, generations(), (await status()).syncState]).toEqual(['express', ['g1'], 'in-sync'])
  })

  it('is taken over by another build without a moment in which the device has no program; flows stay hot', async () => {
    const twin = makeTwin(join(folder, 'twin'))
    await apply(...NATIVE)
    expect(await party.ask('open upgrade')).toBe(ALL)
    const old = xdpAt('node')!
    const ids = (map: string) =>
      JSON.parse(
        execFileSync('bpftool', ['-j', 'map', 'show', 'pinned', `${pins()}/${generations().at(-1)}/maps/${map}`], {
          encoding: 'utf8',
        }),
      ).id
    const hot = ids('hot_flows')
    const log = join(folder, 'calls')
    const tool = makeTool(
      folder,
      `case "$*" in *"net attach"*|*"net detach"*) echo "$@" >> ${log} ;; esac\nexec bpftool "$@"`,
    )
    const { code, stdout } = await applying(NATIVE, { BALANCING_BPFTOOL: tool }, twin)
    expect([code, stdout]).toEqual([0, expect.stringContaining('programs of another build')])
    expect(readFileSync(log, 'utf8')).toMatch(
      /^-j net attach xdpdrv pinned \S+\/g2\/programs\/express dev node overwrite\n$/,
    )
    expect([xdpAt('node')?.name, xdpAt('node')!.id === old.id, ids('hot_flows')]).toEqual(['express', false, hot])
    expect(await party.ask('talk upgrade')).toBe(ALL)
  })

  it('is removed by an earlier build that does not attach it, and comes back; connections live on', async () => {
    const earlier = makeBuild(join(folder, 'earlier'), WITHOUT_XDP)
    await apply(...NATIVE)
    expect(await party.ask('open downgrade')).toBe(ALL)
    const { code, stderr } = await applying(['--device', 'node'], {}, earlier)
    expect([code, stderr, xdpAt('node'), generations()]).toEqual([
      0,
      expect.not.stringContaining('error'),
      undefined,
      ['g2'],
    ])
    expect(await party.ask('talk downgrade')).toBe(ALL)
    const without = 'node false the build that was applied attaches no XDP'
    expect((await xdpOfEdges())[1]).toBe(without)
    await apply(...NATIVE)
    expect([xdpAt('node')?.name, await party.ask('talk downgrade')]).toEqual(['express', ALL])
    const cleaned = await run(['cleanup', ...flags()], { netns: arm.node, binary: earlier })
    expect([cleaned.code, programs(onNode('bpftool', '-j', 'net', 'show')), existsSync(pins())]).toEqual([0, [], false])
  })

  it('is restored when another build cannot take over everywhere', async () => {
    const asked = ['--device', 'node', '--device', 'tap0', '--xdp', 'native']
    const twin = makeTwin(join(folder, 'twin-2'))
    await apply(...asked)
    const before = [xdpAt('node'), xdpAt('tap0'), manifest(), generations()]
    const { code, stderr } = await applying(asked, refusing(), twin)
    expect([code, stderr]).toEqual([
      4,
      expect.stringContaining('the device tap0 cannot have native XDP: Invalid argument: MTU too large for XDP'),
    ])
    expect([xdpAt('node'), xdpAt('tap0'), manifest(), generations()]).toEqual(before)
    expect((await status()).syncState).toBe('in-sync')
    expect(await party.ask('open restored')).toBe(ALL)
  })

  it('is told by diff, follows a plan, and is kept by rollback', async () => {
    const [spec, plan] = [join(folder, 'spec.yaml'), join(folder, 'plan.json')]
    await apply('--device', 'none')
    const diffed = await balancing('diff', spec, '--node', 'n1', ...NATIVE, '--out', plan)
    expect([diffed.code, diffed.stdout]).toEqual([
      1,
      expect.stringContaining('+ edge node (10.77.0.1, fd00:77::1, XDP) gained'),
    ])
    const planned = await balancing('apply', plan, '--node', 'n1')
    expect([planned.code, xdpAt('node')?.name]).toEqual([0, 'express'])
    expect((await balancing('diff', spec, '--node', 'n1', ...NATIVE)).code).toBe(0)
    const other = join(folder, 'other.yaml')
    writeFileSync(other, printYaml(specWith(dualService(service(1, 'p22'), 'TCP'))))
    expect((await balancing('apply', other, '--node', 'n1', ...NATIVE)).code).toBe(0)
    expect((await run(['rollback', ...flags()], { netns: arm.node, env: { BALANCING_DEVICE: '' } })).code).toBe(0)
    expect(xdpAt('node')?.name).toBe('express')
    const off = await balancing('apply', other, '--node', 'n1', '--device', 'node', '--xdp', 'off', '--allow-older')
    expect([off.code, xdpAt('node')]).toEqual([0, undefined])
    expect((await run(['rollback', ...flags()], { netns: arm.node, env: { BALANCING_DEVICE: '' } })).code).toBe(0)
    expect([xdpAt('node'), await xdpOfEdges()]).toEqual([undefined, ['in-sync', 'node false it is switched off']])
  })
})
