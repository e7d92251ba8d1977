// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { printYaml } from '../../src/spec/print.ts'
import { apply, inside, type Ran, run } from './balancing.ts'
import type { Call } from './dial.ts'
import { bridgePods } from './pods-world.ts'
import { service, specWith } from './specs.ts'
import { describeKernel } from './suite.ts'
import { createWorld, type World } from './world.ts'

const SPEC = specWith(service(1, 'p12', 'p22'))
const VIP: Call = { family: 4, mode: 'tcp', address: '10.96.0.1', port: 80, timeoutMs: 500 }
const HOST = ['--device', 'none', '--sockets', 'host']

describeKernel('--pods and --sockets', () => {
  let world: World
  beforeAll(async () => {
    world = await createWorld()
    bridgePods(world, 'n1', 'cni0', ['p14'])
  })
  afterEach(async () => {
    const { code, stderr } = await command(['cleanup', '--force'])
    expect([code, stderr]).toEqual([0, ''])
  })
  afterAll(() => world?.close())

  const command = (words: string[]): Promise<Ran> =>
    run([...words, ...inside(world)], { netns: world.netns('n1'), env: { BALANCING_DEVICE: 'none' } })
  const onNode = (...words: string[]) =>
    execFileSync('nsenter', [`--net=/run/netns/${world.netns('n1')}`, ...words], { encoding: 'utf8' })
  const status = async () => JSON.parse((await command(['status', '-o', 'json'])).stdout)

  async function tryApply(...flags: string[]): Promise<Ran> {
    const path = `/tmp/${world.id}-flags.yaml`
    writeFileSync(path, printYaml(SPEC))
    const ran = await command(['apply', path, '--node', 'n1', ...flags])
    rmSync(path)
    return ran
  }

  it('are part of what a node has: diff, status and a second apply say so, and rollback keeps them', async () => {
    const first = await apply(world, SPEC, ...HOST, '--pods', 'p1?')
    expect(first).toContain(
      '  + pod device p11 (169.254.1.1, fd00:50::1) gained: packets that arrive there are translated',
    )
    expect(await apply(world, SPEC, ...HOST, '--pods', 'p1?')).toContain('no changes')
    const { sockets, edges, syncState } = await status()
    expect([sockets, syncState]).toEqual(['host', 'in-sync'])
    expect(edges.map((e: { device: string; pod: boolean; state: string }) => [e.device, e.pod, e.state])).toEqual(
      ['p11', 'p12', 'p13', 'p14'].map(device => [device, true, 'attached']),
    )
    const back = await command(['rollback', '--dry-run'])
    expect(back.stdout).not.toMatch(/pod device|sockets/)
    const second = await apply(world, SPEC, '--device', 'none')
    expect(second).toContain('  ! pod device p11 lost: packets that arrive there are translated no more')
    expect((await status()).sockets).toBe('all')
    expect(onNode('tc', 'filter', 'show', 'dev', 'p11', 'ingress')).toBe('')
    expect(await apply(world, SPEC, ...HOST)).toContain(
      'sockets of the host network namespace only are to be translated',
    )
  })

  it('serve the sockets of the node alone, and those of pods as packets', async () => {
    const dial = async (from: string) => (await world.dial(from, [{ ...VIP, tries: 4 }]))[0]!.errors
    await apply(world, SPEC, ...HOST)
    const [none] = [await dial('p11')]
    expect(none).not.toEqual({})
    expect(await dial('n1')).toEqual({})
    await apply(world, SPEC, ...HOST, '--pods', 'p11')
    expect([await dial('p11'), await dial('n1')]).toEqual([{}, {}])
  })

  it.each([
    ['p1?', ['--device', 'p11'], '--pods p1? matches p11, which cannot be the device of a pod: it is an edge'],
    [
      'cni0',
      [],
      '--pods cni0 matches cni0, which cannot be the device of a pod: it is a bridge: what goes from port to port does not pass it',
    ],
    ['lo', [], '--pods lo matches lo, which cannot be the device of a pod: it is the loopback device'],
  ])('--pods %s is refused where it matches what is no device of a pod', async (pattern, more, message) => {
    const { code, stderr } = await tryApply('--pods', pattern, ...more)
    expect([code, stderr]).toEqual([4, expect.stringContaining(`error[no-pod-device] ${message}`)])
  })

  it('a pattern without a device is named by apply and doctor, and a pod that came later by doctor', async () => {
    const { code, stderr } = await tryApply('--pods', 'p11', '--pods', 'lxc*')
    expect([code, stderr]).toEqual([
      0,
      expect.stringContaining('no device matches --pods lxc*: what such pods send is not translated until one does'),
    ])
    const found = async (...patterns: string[]) => {
      const words = patterns.flatMap(pattern => ['--pods', pattern])
      const { checks: findings } = JSON.parse((await command(['doctor', '-o', 'json', ...words])).stdout)
      return findings.find(({ name }: { name: string }) => name === 'pods')
    }
    expect(await found('lxc*')).toMatchObject({ result: 'warn', found: 'no device matches --pods lxc*' })
    expect(await found('p11')).toMatchObject({ result: 'ok', found: '1 device of pods served' })
    expect(await found('p1?')).toMatchObject({ result: 'warn' })
  })

  it('doctor names --pods where pods are served neither at sockets nor as packets', async () => {
    const found = async () => {
      const { checks: findings } = JSON.parse((await command(['doctor', '-o', 'json'])).stdout)
      return findings.find(({ name }: { name: string }) => name === 'pods')
    }
    await apply(world, SPEC, ...HOST)
    expect(await found()).toMatchObject({
      result: 'warn',
      found:
        '--sockets host is applied, and no device of a pod is served: connections of pods to Services are not translated',
      advice: expect.stringContaining('apply with --pods PATTERN too'),
    })
    await apply(world, SPEC, ...HOST, '--pods', 'p11')
    expect(await found()).toMatchObject({ result: 'ok' })
    await apply(world, SPEC, '--device', 'none')
    expect(await found()).toMatchObject({ result: 'ok', found: 'no device of a pod is asked for' })
  })

  it('the device of a pod that is gone is no damage; one that was made anew is, and apply repairs it', async () => {
    const make = () => onNode('ip', 'link', 'add', 'pod9', 'type', 'veth', 'peer', 'name', 'pod9-peer')
    make()
    await apply(world, SPEC, '--device', 'none', '--pods', 'pod9', '--pods', 'p11')
    onNode('ip', 'link', 'del', 'pod9')
    expect((await status()).syncState).toBe('in-sync')
    make()
    expect((await status()).damage).toEqual([
      { kind: 'edges', message: 'pod device pod9 has no programs: the device was made anew' },
    ])
    expect(await apply(world, SPEC, '--device', 'none', '--pods', 'pod9', '--pods', 'p11')).toContain('pod device pod9')
    expect((await status()).syncState).toBe('in-sync')
    onNode('ip', 'link', 'del', 'pod9')
  })
})
