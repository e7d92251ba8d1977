// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { printYaml } from '../../src/spec/print.ts'
import type { Spec } from '../../src/spec/spec.ts'
import { apply, BINARY, inside, run } from './balancing.ts'
import { service, specWith, vip } from './specs.ts'
import { describeKernel } from './suite.ts'
import { makeTool } from './tool.ts'
import { createWorld, type World } from './world.ts'

const SERVICES = 400
/** Every Service has one pod, and in the other spec another one: each flow is wholly old or wholly new. */
const all = (pod: string, more: number[] = []): Spec =>
  specWith(...Array.from({ length: SERVICES }, (_, i) => service(i + 1, pod)), ...more.map(n => service(n, pod)))
const OLD = all('p12', [1001, 1002])
const NEW = all('p23', [1003, 1004])

describeKernel('apply, interrupted', () => {
  let world: World
  let folder: string
  let files: { old: string; new: string }
  beforeAll(async () => {
    world = await createWorld()
    folder = mkdtempSync(join(tmpdir(), 'balancing-crash-'))
    files = { old: join(folder, 'old.yaml'), new: join(folder, 'new.yaml') }
    writeFileSync(files.old, printYaml(OLD))
    writeFileSync(files.new, printYaml(NEW))
  })
  afterAll(async () => {
    if (world) await run(['cleanup', ...inside(world)])
    await world?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const applyArgs = (file: string) => ['apply', '-f', file, '--node', 'n1', '--force', ...inside(world)]

  /** What each Service that is in both specs answers. */
  async function answers(): Promise<string[]> {
    const call = { family: 4, mode: 'tcp', port: 80, timeoutMs: 500 } as const
    const outcomes = await world.dial(
      'p11',
      Array.from({ length: SERVICES }, (_, i) => ({ ...call, address: vip(i + 1) })),
    )
    return outcomes.map(o => [...Object.keys(o.identities), ...Object.keys(o.errors)].join())
  }

  it('killed at any moment, bpftool with it: every Service is old or new, and the next apply finishes', async () => {
    const env = { ...process.env, BALANCING_BPFTOOL: lineByLineBpftool(folder) }
    await apply(world, OLD)
    const started = performance.now()
    await run(applyArgs(files.new), { env })
    const whole = performance.now() - started
    let mixed = 0
    for (let i = 1; i <= 12; i++) {
      await apply(world, OLD, '--force')
      const child = spawn(BINARY, applyArgs(files.new), { stdio: 'ignore', env, detached: true })
      const ended = new Promise(resolve => child.on('close', resolve))
      await sleep((whole * i) / 13)
      killGroup(child.pid!)
      await ended
      const met = new Set(await answers())
      expect([...met].filter(who => who !== 'p12:8080' && who !== 'p23:8080')).toEqual([])
      if (met.size === 2) mixed++
      expect((await run(applyArgs(files.new))).code).toBe(0)
      expect(new Set(await answers())).toEqual(new Set(['p23:8080']))
      expect((await run(applyArgs(files.new))).stdout).toContain('no changes')
    }
    expect(mixed).toBeGreaterThan(3)
  })

  it('killed while it builds the first generation: nothing is attached, and the next apply builds it', async () => {
    for (const part of [0.3, 0.5, 0.7, 0.9]) {
      await run(['cleanup', ...inside(world)])
      const started = performance.now()
      await run(applyArgs(files.new))
      const whole = performance.now() - started
      await run(['cleanup', ...inside(world)])
      const child = spawn(BINARY, applyArgs(files.new), { stdio: 'ignore' })
      const ended = new Promise(resolve => child.on('close', resolve))
      await sleep(whole * part)
      child.kill('SIGKILL')
      await ended
      expect((await run(applyArgs(files.new))).code).toBe(0)
      expect(new Set(await answers())).toEqual(new Set(['p23:8080']))
    }
  })

  it('stopped by a failing write: says which, exit 5 or 6, old or new everywhere, the next apply finishes', async () => {
    for (const cut of [0, 1, 57, 200, 399]) {
      await apply(world, OLD, '--force')
      const failing = failingBpftool(folder, cut)
      const { code, stderr, stdout } = await run(applyArgs(files.new), { env: { BALANCING_BPFTOOL: failing } })
      expect(code).toBe(cut === 0 ? 5 : 6)
      expect(stdout).toBe('')
      expect(stderr).toMatch(cut === 0 ? /nothing was changed/ : new RegExp(`write ${cut + 1} of \\d+, to the map `))
      const met = new Set(await answers())
      expect([...met].filter(who => who !== 'p12:8080' && who !== 'p23:8080')).toEqual([])
      expect((await run(applyArgs(files.new))).code).toBe(0)
      expect(new Set(await answers())).toEqual(new Set(['p23:8080']))
    }
  })

  it('a generation that cannot be finished leaves the old one serving: exit 5', async () => {
    await apply(world, OLD, '--force')
    const bigger = specWith(...Array.from({ length: 1500 }, (_, i) => service(i + 1, 'p23')))
    const path = join(folder, 'bigger.yaml')
    writeFileSync(path, printYaml(bigger))
    const { code, stderr } = await run(applyArgs(path), { env: { BALANCING_BPFTOOL: failingBpftool(folder, 700) } })
    expect(code).toBe(5)
    expect(stderr).toContain('nothing was changed')
    expect(new Set(await answers())).toEqual(new Set(['p12:8080']))
  })

  it('a node that takes away what building needs, at any moment: exit 5, the old one serves, nothing is left', async () => {
    await apply(world, OLD, '--force')
    const bigger = specWith(...Array.from({ length: 1500 }, (_, i) => service(i + 1, 'p23')))
    const path = join(folder, 'bigger.yaml')
    writeFileSync(path, printYaml(bigger))
    for (const moment of ['^map create', '^map update']) {
      const temporary = mkdtempSync(join(folder, 'tmp-'))
      const taking = onWrites(folder, `bpftool "$@" < "$lines"; rm -r ${temporary}`, moment)
      const env = { BALANCING_BPFTOOL: taking, TMPDIR: temporary }
      const { code, stderr, stdout } = await run(applyArgs(path), { env })
      expect([code, stdout], `${moment}: ${stderr}`).toEqual([5, ''])
      expect(stderr).toContain('no temporary file can be made')
      expect(readdirSync(`${world.pins}/balancing`)).toHaveLength(1)
      expect(new Set(await answers())).toEqual(new Set(['p12:8080']))
    }
  })

  it('two at once: one waits for the other, or is told', async () => {
    await apply(world, OLD, '--force')
    const [a, b] = await Promise.all([run(applyArgs(files.new)), run(applyArgs(files.old))])
    expect([a.code, b.code]).toEqual([0, 0])
    const slow = slowBpftool(folder)
    const first = run(applyArgs(files.new), { env: { BALANCING_BPFTOOL: slow } })
    await sleep(700)
    const told = await run([...applyArgs(files.old), '--lock-timeout', '0'])
    expect(told.code).toBe(4)
    expect(told.stderr).toMatch(
      /error\[locked\] another balancing is working on .*did not finish within 0 s: process \d+ \(.*bpftool.*\) hold the lock/,
    )
    expect((await first).code).toBe(0)
  })
})

/** A bpftool whose batches of writes fail after `cut` lines, as a full map would make them. */
function failingBpftool(folder: string, cut: number): string {
  return onWrites(folder, `{ head -n ${cut} "$lines"; echo 'map update id 0 key 0 value 0'; } | bpftool "$@"`)
}

/** A bpftool that takes a process for every write, so that there is time to kill it in between. */
function lineByLineBpftool(folder: string): string {
  return onWrites(folder, 'while read -r line; do bpftool -j $line || exit 1; done < "$lines"')
}

/** A bpftool that does something else with batches that hold `which`, which stand in the file "$lines". */
function onWrites(folder: string, command: string, which = 'map update'): string {
  return makeTool(
    folder,
    `[ "$2" = batch ] || exec bpftool "$@"
lines=$(mktemp -p ${folder})
cat > "$lines"
grep -q '${which}' "$lines" || exec bpftool "$@" < "$lines"
${command}`,
  )
}

function slowBpftool(folder: string): string {
  return makeTool(folder, `if [ "$2" = batch ]; then sleep 1; fi\nexec bpftool "$@"`)
}

/** Kills a process and its children; it may have ended by itself. */
function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
