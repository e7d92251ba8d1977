// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { programsFor } from '../../src/bpf/generation/programs.ts'
import { emptyImage } from '../../src/datapath/image.ts'
import { printYaml } from '../../src/spec/print.ts'
import type { Service, Spec } from '../../src/spec/spec.ts'
import { BINARY, inside, type Ran, run } from './balancing.ts'
import { makeBuild, makeTwin, ONE_PROGRAM_MORE, WIDER_FRONTENDS, WIDER_MEMORY } from './builds.ts'
import { startRush } from './rush.ts'
import { service, specWith, vip } from './specs.ts'
import { describeKernel } from './suite.ts'
import { startTalker } from './talk.ts'
import { createWorld, type World } from './world.ts'

/** Service n at port 80, TCP and UDP, of IPv4 and IPv6. */
function both(n: number, affinitySeconds: number, ...pods: string[]): Service {
  const plain = service(n, ...pods)
  return {
    ...plain,
    ...(affinitySeconds > 0 ? { affinitySeconds } : {}),
    ports: (['TCP', 'UDP'] as const).map(protocol => ({
      name: protocol.toLowerCase(),
      port: 80,
      protocol,
      except: [],
    })),
    endpoints: plain.endpoints.map(e => ({ ...e, ports: ['tcp', 'udp'].map(name => ({ name, number: 8080 })) })),
  }
}

const PODS = ['p21', 'p31', 'p32']
const SPEC = specWith(both(1, 0, ...PODS), both(2, 600, ...PODS), both(3, 0, 'p22'), both(4, 0, 'p22'))
const MODES = ['tcp', 'udp', 'sendto'] as const

describeKernel('another build', () => {
  let world: World
  let folder: string
  let newer: string
  let wider: string
  let twin: string
  beforeAll(async () => {
    world = await createWorld()
    folder = mkdtempSync(join(tmpdir(), 'balancing-upgrade-'))
    newer = makeBuild(join(folder, 'newer'), [...WIDER_FRONTENDS, ...WIDER_MEMORY, ...ONE_PROGRAM_MORE])
    wider = makeBuild(join(folder, 'wider'), WIDER_FRONTENDS)
    twin = makeTwin(join(folder, 'twin'))
  })
  afterAll(async () => {
    if (world) await run(['cleanup', ...inside(world)])
    await world?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  /** Runs a command of a build on the world's node, with a spec where it takes one. */
  async function at(binary: string, command: string, spec?: Spec, ...flags: string[]): Promise<Ran> {
    const path = join(folder, 'spec.yaml')
    if (spec) writeFileSync(path, printYaml(spec))
    const file = spec ? ['-f', path, '--node', 'n1'] : []
    return run([command, ...file, ...inside(world), ...flags], { binary, netns: world.netns('n1') })
  }
  const attached = (): string[] =>
    JSON.parse(execFileSync('bpftool', ['-j', 'cgroup', 'show', world.cgroup], { encoding: 'utf8' }).trim() || '[]')
      .map((p: { name: string }) => p.name)
      .sort()
  const generations = () => readdirSync(`${world.pins}/balancing`)
  const OURS = [...programsFor(emptyImage())].sort()

  it('is taken over from and to, with all that it pinned and attached', async () => {
    expect((await at(BINARY, 'apply', SPEC)).code).toBe(0)
    const up = await at(newer, 'apply', SPEC)
    const forgotten = ['socket_slots and slot_owners and socket_revnat', 'datagram_revnat', 'affinity']
    const notes = forgotten.map(maps => `note: what ${maps} held is lost: its layout changed\n`)
    expect([up.code, up.stderr]).toEqual([0, notes.join('')])
    expect(up.stdout).toMatch(
      /^new maps and programs: programs of another build \(layout [0-9a-f]{16}\)\n8 frontends · /,
    )
    expect(attached()).toEqual([...OURS, 'notice'].sort())
    expect((await at(newer, 'apply', SPEC)).stdout).toContain('no changes')
    expect((await at(newer, 'status', undefined, '--exit-code')).code).toBe(0)

    const down = await at(BINARY, 'apply', SPEC)
    notes.push('note: what diary held is lost: this build does not know it\n')
    expect([down.code, down.stderr]).toEqual([0, notes.join('')])
    expect([attached(), generations()]).toEqual([OURS, ['g3']])
    expect((await at(BINARY, 'status', undefined, '--exit-code')).code).toBe(0)
  })

  it('is shown as such, and nothing is guessed about its maps', async () => {
    expect((await at(newer, 'apply', SPEC)).code).toBe(0)
    const sentence =
      /^programs of another build \(layout [0-9a-f]{16}\): a new generation would be built\n8 frontends · /
    const dry = await at(BINARY, 'apply', SPEC, '--dry-run')
    expect(dry.stdout).toMatch(sentence)
    expect([dry.code, dry.stderr]).toEqual([0, expect.stringContaining('what diary held is lost')])
    const diff = await at(BINARY, 'diff', SPEC)
    expect([diff.code, diff.stdout]).toEqual([1, dry.stdout])
    const status = await at(BINARY, 'status')
    expect(status.stdout).toMatch(/^revision {2}[0-9a-f]{12} {2}\(programs of another build, layout [0-9a-f]{16}\)$/m)
    expect(status.stdout).toMatch(/program {3}notice +attached/)
    expect(generations().length).toBe(1)
  })

  it('is cleaned up wholly', async () => {
    expect((await at(newer, 'apply', SPEC)).code).toBe(0)
    expect((await at(BINARY, 'cleanup')).stdout).toContain(`detached ${OURS.length + 1} programs`)
    expect([attached(), readdirSync(world.pins)]).toEqual([[], []])
  })

  it('does not get a spec past the guard that takes most away', async () => {
    expect((await at(BINARY, 'apply', SPEC)).code).toBe(0)
    for (const spec of [specWith(), specWith(both(1, 0, ...PODS), both(2, 600), both(3, 0), both(4, 0))]) {
      const refused = await at(newer, 'apply', spec)
      expect([refused.code, refused.stdout]).toEqual([3, ''])
      expect(refused.stderr).toMatch(
        /error\[mass-removal\] [68] of 8 service ports that serve now would lose their last/,
      )
    }
    expect(
      (await at(newer, 'apply', specWith(both(1, 0, ...PODS), both(2, 600, ...PODS), both(3, 0, 'p22')))).code,
    ).toBe(0)
    expect((await at(BINARY, 'apply', specWith(), '--force')).code).toBe(0)
    expect((await at(BINARY, 'apply', SPEC, '--allow-older')).code).toBe(0)
  })

  /** Keeps clients calling while `work` is done; fails when a single call went wrong, or left its backend by affinity. */
  async function underLoad(work: () => Promise<void>, hasAffinity: boolean): Promise<void> {
    const clients = MODES.flatMap(mode => [
      { family: 4 as const, mode, address: vip(1), port: 80, shown: `${vip(1)}:80` },
      { family: 46 as const, mode, address: vip(2), port: 80, shown: `[::ffff:${vip(2)}]:80` },
    ])
    const rush = startRush(world, 'p11', clients)
    await work()
    for (const [i, { errors, peers, identities }] of (await rush.stop()).entries()) {
      const { mode, address, shown } = clients[i]!
      const calls = Object.values(identities).reduce((sum, count) => sum + count, 0)
      expect([errors, Object.keys(peers)], `${mode} ${address}, ${calls} calls`).toEqual([{}, [shown]])
      const met = Object.keys(identities)
      expect(met.filter(who => !PODS.map(pod => `${pod}:8080`).includes(who))).toEqual([])
      if (address === vip(1) || !hasAffinity) expect(met.length).toBeGreaterThan(1)
      else expect(met.length).toBe(1)
      expect(calls).toBeGreaterThan(1000)
    }
  }

  it('takes over ten times each way and loses no call', async () => {
    expect((await at(BINARY, 'apply', SPEC)).code).toBe(0)
    await underLoad(async () => {
      for (let i = 0; i < 10; i++)
        for (const binary of [newer, BINARY]) expect((await at(binary, 'apply', SPEC)).code).toBe(0)
    }, false)
    expect(attached()).toEqual(OURS)
  }, 300_000)

  /** Sockets of all kinds, made now; what they show later. */
  async function makeSockets(): Promise<() => Promise<string[]>> {
    const talker = startTalker(world, 'p11')
    await talker.talk('t open 4 tcp', `t connect ${vip(1)} 80`, 'u open 4 udp', `u connect ${vip(3)} 80`)
    await talker.talk('d open 4 udp', `d sendto ${vip(4)} 80`)
    return async () => {
      const shown = await talker.talk('t peer', 'u peer', 'd hear')
      talker.end()
      return shown
    }
  }
  const VIPS_SHOWN = [`${vip(1)}:80`, `${vip(3)}:80`, `p22:8080 ${vip(4)}:80`]

  it('of the same layout keeps what sockets dialled, and affinity', async () => {
    expect((await at(BINARY, 'apply', SPEC)).code).toBe(0)
    const shown = await makeSockets()
    await underLoad(async () => {
      for (let i = 0; i < 10; i++)
        for (const binary of [twin, BINARY]) {
          const { code, stdout, stderr } = await at(binary, 'apply', SPEC)
          expect([code, stderr, stdout.split('\n')[0]]).toEqual([
            0,
            '',
            'new maps and programs: programs of another build',
          ])
        }
    }, true)
    expect(await shown()).toEqual(VIPS_SHOWN)
  }, 300_000)

  it('of another layout keeps what is laid out the same', async () => {
    expect((await at(BINARY, 'apply', SPEC)).code).toBe(0)
    const shown = await makeSockets()
    for (const binary of [wider, BINARY]) {
      const { code, stdout, stderr } = await at(binary, 'apply', SPEC)
      expect([code, stderr]).toEqual([0, ''])
      expect(stdout).toContain('programs of another build (layout ')
    }
    expect(await shown()).toEqual(VIPS_SHOWN)
  })
})
