// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { printYaml } from '../../src/spec/print.ts'
import { type AgentProcess, type LogLine, startAgent } from './agent-process.ts'
import { inside, run } from './balancing.ts'
import { service, specWith } from './specs.ts'
import { describeKernel } from './suite.ts'
import { createWorld, type World } from './world.ts'

const isApplied = ({ msg }: LogLine) => msg === 'applied'

/** How soon a change at devices is answered: half of it is for a busy machine. */
const SOON_MS = 2000

describeKernel('the devices of an agent', () => {
  let world: World
  let folder: string
  let path: string
  let agent: AgentProcess | undefined
  beforeAll(async () => {
    world = await createWorld()
  })
  afterAll(() => world?.close())
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'balancing-agent-'))
    path = join(folder, 'spec.yaml')
    writeFileSync(path, printYaml(specWith(service(1, 'p12'))))
  })
  afterEach(async () => {
    await agent?.end('SIGKILL')
    agent = undefined
    await run(['cleanup', ...inside(world)], { netns: world.netns('n1') })
    rmSync(folder, { recursive: true })
  })

  const start = async (...more: string[]) => {
    agent = startAgent(world, 'n1', ['--mode', 'pinned', '-f', path, '--node', 'n1', ...more])
    await agent.logged(isApplied)
    return agent
  }
  const onNode = (...command: string[]) =>
    execFileSync('nsenter', [`--net=/run/netns/${world.netns('n1')}`, ...command], { encoding: 'utf8', stdio: 'pipe' })
  const link = (text: string) => onNode('ip', 'link', ...text.split(' '))
  const filtersOf = (device: string) =>
    ['ingress', 'egress'].map(
      direction =>
        /\b(arrive|depart)(_pod)?(?=:\[)/.exec(onNode('tc', 'filter', 'show', 'dev', device, direction))?.[0],
    )
  const soon = (actual: () => unknown) => expect.poll(actual, { interval: 10, timeout: SOON_MS })
  const status = async () => {
    const { stdout } = await run(['status', ...inside(world), '-o', 'json'], { netns: world.netns('n1') })
    return JSON.parse(stdout)
  }

  it("programs are at a pod's device as soon as it is there, and where what should be there was removed", async () => {
    const agent = await start('--device', 'eth0', '--pods', 'pod*')
    const ofPod = ['arrive_pod', 'depart_pod']
    link('add name pod1 type veth peer name peer1')
    await soon(() => filtersOf('pod1')).toEqual(ofPod)
    link('add name pod2 type veth peer name peer2')
    link('del pod1')
    link('add name pod1 type veth peer name peer1')
    await soon(() => [filtersOf('pod1'), filtersOf('pod2')]).toEqual([ofPod, ofPod])
    onNode('tc', 'filter', 'del', 'dev', 'pod2', 'ingress')
    await soon(() => filtersOf('pod2')).toEqual(ofPod)
    onNode('tc', 'qdisc', 'del', 'dev', 'eth0', 'clsact')
    await soon(() => filtersOf('eth0')).toEqual(['arrive', 'depart'])
    for (const device of ['pod1', 'pod2']) link(`del ${device}`)
    await soon(async () => (await status()).edges.map(({ device }: { device: string }) => device)).toEqual(['eth0'])
    expect(agent.log.filter(({ level }) => level === 'error')).toEqual([])
    expect((await run(['status', ...inside(world), '--exit-code'], { netns: world.netns('n1') })).code).toBe(0)
  })

  it('a device that --device names is served whenever it is there; without it all else is', async () => {
    const agent = await start('--device', 'eth0', '--device', 'wan0')
    await agent.logged(({ code }) => code === 'device-passed-over')
    expect(filtersOf('eth0')).toEqual(['arrive', 'depart'])
    for (let round = 0; round < 2; round++) {
      link('add name wan0 type veth peer name wan1')
      await soon(() => filtersOf('wan0')).toEqual(['arrive', 'depart'])
      link('del wan0')
      await soon(async () => (await status()).edges.map(({ device }: { device: string }) => device)).toEqual(['eth0'])
    }
    expect(agent.log.filter(({ level }) => level === 'error')).toEqual([])
  })

  it('a device that --pods matches and that is none of a pod is left alone', async () => {
    const agent = await start('--device', 'eth0', '--pods', 'eth*', '--pods', 'pod*')
    const { msg } = await agent.logged(({ code }) => code === 'device-passed-over')
    expect(msg).toBe('not served for now: --pods eth* matches eth0, which cannot be the device of a pod: it is an edge')
    expect(filtersOf('eth0')).toEqual(['arrive', 'depart'])
  })

  it('flags say whose sockets are translated and which devices are served, whatever was applied before', async () => {
    await (await start('--device', 'eth0', '--pods', 'p1?', '--sockets', 'host')).end('SIGTERM')
    expect(await status()).toMatchObject({ sockets: 'host' })
    expect(filtersOf('p12')).toEqual(['arrive_pod', 'depart_pod'])
    await start('--device', 'none')
    expect(await status()).toMatchObject({ sockets: 'all', edges: [] })
    expect([filtersOf('eth0'), filtersOf('p12')]).toEqual([
      [undefined, undefined],
      [undefined, undefined],
    ])
  })
})
