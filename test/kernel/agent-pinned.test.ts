// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { statusSocket } from '../../src/agent/status-socket.ts'
import { printYaml } from '../../src/spec/print.ts'
import type { Spec } from '../../src/spec/spec.ts'
import { type AgentProcess, type LogLine, startAgent } from './agent-process.ts'
import { inside, run } from './balancing.ts'
import { service, specWith, vip } from './specs.ts'
import { describeKernel } from './suite.ts'
import { stateOf } from './traces.ts'
import { createWorld, type World } from './world.ts'

const call = { family: 4 as const, mode: 'tcp' as const, address: vip(1), port: 80, tries: 4 }
const isApplied = ({ msg }: LogLine) => msg === 'applied'

describeKernel('agent --mode pinned', () => {
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
  })
  afterEach(async () => {
    await agent?.end('SIGKILL')
    agent = undefined
    await run(['cleanup', ...inside(world)])
    rmSync(folder, { recursive: true })
  })

  const write = (spec: Spec) => writeFileSync(path, printYaml(spec))
  const start = (...more: string[]) => {
    agent = startAgent(world, 'n1', ['--mode', 'pinned', '-f', path, '--node', 'n1', ...more])
    return agent
  }
  const answers = async () => (await world.dial('n1', [call]))[0]!
  const bpftool = (...args: string[]) =>
    JSON.parse(execFileSync('bpftool', ['-j', ...args], { encoding: 'utf8' }) || '[]')

  it('applies the file, and what it says later; a spec that apply would refuse leaves the last good one serving', async () => {
    write(specWith(service(1, 'p12')))
    const agent = start()
    await agent.logged(isApplied)
    expect((await answers()).identities).toEqual({ 'p12:8080': 4 })
    write(specWith(service(1, 'p23')))
    await agent.logged(isApplied, 2)
    await expect.poll(async () => (await answers()).identities).toEqual({ 'p23:8080': 4 })
    writeFileSync(path, 'kind: [')
    const { msg } = await agent.logged(({ level }) => level === 'error')
    expect(msg).toContain(`${path}:1:`)
    write(specWith())
    await agent.logged(({ code }) => code === 'empty-spec')
    expect((await answers()).identities).toEqual({ 'p23:8080': 4 })
    const { stdout } = await run(['agent', 'status', ...inside(world), '-o', 'json'])
    expect(JSON.parse(stdout)).toMatchObject({ state: 'failing', mode: 'pinned', node: 'n1', pid: expect.any(Number) })
    write(specWith(service(1, 'p24')))
    await expect.poll(async () => (await answers()).identities, { timeout: 20_000 }).toEqual({ 'p24:8080': 4 })
  })

  it('keeps the lock: an apply and another agent are refused, with its process', async () => {
    write(specWith(service(1, 'p12')))
    const agent = start()
    await agent.logged(isApplied)
    const refused = new RegExp(
      `error\\[locked\\] another balancing is working on .*: process ${agent.pid} \\(.*hold the lock`,
    )
    for (const args of [
      ['apply', path],
      ['agent', '--mode', 'pinned', '-f', path],
    ]) {
      const ran = await run([...args, '--node', 'n1', ...inside(world), '--lock-timeout', '0'])
      expect([ran.code, ran.stdout]).toEqual([4, ''])
      expect(ran.stderr).toMatch(refused)
    }
  })

  it('ends at SIGTERM within a second and leaves what serves; without the file the next one serves what was applied', async () => {
    write(specWith(service(1, 'p12')))
    await start().logged(isApplied)
    const { code, milliseconds } = await agent!.end('SIGTERM')
    expect(code).toBe(0)
    expect(milliseconds).toBeLessThan(1000)
    expect((await answers()).identities).toEqual({ 'p12:8080': 4 })
    expect(existsSync(statusSocket(stateOf(world.id)))).toBe(false)
    const asked = await run(['agent', 'status', ...inside(world)])
    expect([asked.code, asked.stderr]).toEqual([4, expect.stringContaining('error[no-agent] no agent answers at')])
    // As after a reboot: nothing is pinned or attached.
    rmSync(path)
    const { programs } = { programs: bpftool('cgroup', 'show', world.cgroup) as { id: number; attach_type: string }[] }
    for (const { id, attach_type } of programs)
      execFileSync('bpftool', ['cgroup', 'detach', world.cgroup, attach_type, 'id', String(id)])
    rmSync(`${world.pins}/balancing`, { recursive: true })
    const line = await start().logged(isApplied)
    expect(line.reason).toMatch(/^the checkpoint, because /)
    expect((await answers()).identities).toEqual({ 'p12:8080': 4 })
  })

  it('repairs what something else changes: an entry at the next resync, a program that was detached at the next look', async () => {
    write(specWith(service(1, 'p12')))
    const agent = start('--resync', '1s')
    await agent.logged(isApplied)
    const pins = `${world.pins}/balancing/g1/maps`
    const [entry] = bpftool('map', 'dump', 'pinned', `${pins}/frontends`) as { key: string[] }[]
    execFileSync('bpftool', ['map', 'delete', 'pinned', `${pins}/frontends`, 'key', ...entry!.key])
    await agent.logged(({ msg }) => msg === 'the maps do not hold what was written')
    await expect.poll(async () => (await answers()).identities).toEqual({ 'p12:8080': 4 })
    const before = agent.log.length
    const [program] = bpftool('cgroup', 'show', world.cgroup) as { id: number; attach_type: string }[]
    execFileSync('bpftool', ['cgroup', 'detach', world.cgroup, program!.attach_type, 'id', String(program!.id)])
    const { damage } = await agent.logged(({ msg }) => msg === 'what serves is damaged, and is repaired', before)
    await agent.logged(line => isApplied(line) && line.reason === damage, before)
    expect((await answers()).identities).toEqual({ 'p12:8080': 4 })
    expect((await run(['status', ...inside(world), '--exit-code'])).code).toBe(0)
  })

  it('--dry-run takes no lock and writes nothing', async () => {
    write(specWith(service(1, 'p12')))
    const agent = start('--dry-run')
    expect(await agent.logged(isApplied)).toMatchObject({ dryRun: true })
    expect(existsSync(`${world.pins}/balancing`)).toBe(false)
    expect((await run(['apply', path, '--node', 'n1', ...inside(world)])).code).toBe(0)
  })
})
