// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { printYaml } from '../../src/spec/print.ts'
import { apply, inside, run } from './balancing.ts'
import { service, specWith, vip } from './specs.ts'
import { describeKernel } from './suite.ts'
import { makeTool } from './tool.ts'
import { createWorld, type World } from './world.ts'

const OLD = specWith(service(1, 'p12'))
const NEW = specWith(service(1, 'p13'))

/** Commands of bpftool that change something: what the tool is asked for, and what of it is a lie. */
const COMMANDS = {
  'map create': 'batch',
  'map update': 'batch',
  'prog loadall': 'run',
  'map pin': 'run',
  begin_handover: 'run',
  finish_handover: 'run',
  'cgroup attach': 'run',
  'cgroup detach': 'run',
} as const

/**
 * A bpftool that answers 0 to one of its commands and does nothing: exit code 0 of the command means that it has looked, and any
 * other one that what served before serves on.
 */
describeKernel('a bpftool that lies', () => {
  let world: World
  let folder: string
  beforeAll(async () => {
    world = await createWorld()
    folder = mkdtempSync(join(tmpdir(), 'balancing-lies-'))
  })
  afterEach(async () => {
    expect((await run(['cleanup', '--force', ...inside(world)])).code).toBe(0)
  })
  afterAll(async () => {
    await world?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const ask = async () =>
    (await world.dial('p11', [{ family: 4, mode: 'tcp', address: vip(1), port: 80, timeoutMs: 500 }]))[0]!
  const lying = (command: keyof typeof COMMANDS) => {
    const body =
      COMMANDS[command] === 'run'
        ? `case "$*" in *"${command}"*) exit 0 ;; esac; exec bpftool "$@"`
        : `[ "$2" = batch ] || exec bpftool "$@"
lines=$(mktemp -p ${folder}); cat > $lines
grep -q '^${command}' $lines && { echo '[]'; exit 0; }
exec bpftool "$@" < $lines`
    return { BALANCING_BPFTOOL: makeTool(folder, body) }
  }
  const applyLying = async (command: keyof typeof COMMANDS, spec: typeof OLD) => {
    const path = join(folder, 'spec.yaml')
    writeFileSync(path, printYaml(spec))
    return run(['apply', '-f', path, '--node', 'n1', ...inside(world)], {
      env: lying(command),
      netns: world.netns('n1'),
    })
  }
  const answers = async () => Object.keys((await ask()).identities).join()
  const isServed = async (pod: string) => (await answers()) === `${pod}:8080`

  it.each(Object.keys(COMMANDS) as (keyof typeof COMMANDS)[])('%s: the first apply', async command => {
    const { code, stderr } = await applyLying(command, OLD)
    // A first apply takes nothing over and detaches nothing.
    const plays = !['map pin', 'cgroup detach'].includes(command)
    if (command !== 'map pin') expect([code === 0, stderr.includes('error[')], stderr).toEqual([!plays, plays])
    if (code === 0) expect(await isServed('p12')).toBe(true)
    else expect([5, 6]).toContain(code)
    if (code === 5) expect((await run(['status', ...inside(world)])).stdout).toContain('NOTHING APPLIED')
    await apply(world, OLD)
    expect(await isServed('p12')).toBe(true)
  })

  it.each(Object.keys(COMMANDS) as (keyof typeof COMMANDS)[])(
    '%s: an apply that builds a generation',
    async command => {
      await apply(world, OLD)
      rmSync(`${world.pins}/balancing/g1/contents`)
      const { code, stderr } = await applyLying(command, NEW)
      expect([5, 6], stderr).toContain(code)
      // Once the new generation is attached, the old one decides as long as it is attached too.
      expect(code === 5 ? ['p12:8080'] : ['p12:8080', 'p13:8080']).toContain(await answers())
      await apply(world, NEW)
      expect([await isServed('p13'), (await run(['status', '--exit-code', ...inside(world)])).code]).toEqual([true, 0])
    },
  )

  it('map update: an apply that writes in place', async () => {
    await apply(world, OLD)
    const { code, stderr } = await applyLying('map update', NEW)
    expect([code, stderr]).toEqual([6, expect.stringContaining('error[read-back]')])
    expect(await isServed('p12')).toBe(true)
  })

  it('cgroup detach: cleanup', async () => {
    await apply(world, OLD)
    const { code, stderr } = await run(['cleanup', ...inside(world)], { env: lying('cgroup detach') })
    expect([code, stderr]).toEqual([
      6,
      expect.stringMatching(/error\[detach-failed\] read-back mismatch: .* is still attached/),
    ])
    expect(await isServed('p12')).toBe(true)
  })

  it('cgroup detach: cleanup of programs that lost their pins', async () => {
    await apply(world, OLD)
    rmSync(`${world.pins}/balancing/g1`, { recursive: true })
    const { code, stderr } = await run(['cleanup', '--force', ...inside(world)], { env: lying('cgroup detach') })
    expect([code, stderr]).toEqual([6, expect.stringContaining('is still attached')])
  })
})
