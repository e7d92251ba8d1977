// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process'
import {
  closeSync,
  existsSync,
  fstatSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { runChild } from '../../src/host/child.ts'
import { lockHolders } from '../../src/host/lock-holders.ts'

const ROOT = join(import.meta.dirname, '../..')
const SH = (text: string) => ['sh', ['-c', text]] as const

it.each<[string, string, string | undefined, number]>([
  ['a child that hangs', 'exec sleep 60', 'sh did not end within 0.3 s and was killed', 4_000],
  ['a child whose own child hangs', 'sleep 60; true', 'sh did not end within 0.3 s and was killed', 4_000],
  ['a child that leaves something behind that keeps its output', 'setsid sleep 60 & exit 0', undefined, 15_000],
])(
  '%s: the wait ends',
  async (_, text, failure, most) => {
    const started = performance.now()
    expect((await runChild(...SH(text), { timeoutMs: 300 })).failure).toBe(failure)
    expect(performance.now() - started).toBeLessThan(most)
  },
  30_000,
)

it.each([
  ['with text', 'exec yes'],
  ['with control characters', 'exec cat /dev/zero'],
  ['on stderr', 'exec cat /dev/zero >&2'],
])(
  'a child that floods %s is killed, and that is what is said of it',
  async (_, text) => {
    const started = performance.now()
    expect(await runChild(...SH(text))).toMatchObject({
      exitCode: undefined,
      failure: 'sh wrote too much, and was killed',
    })
    expect(performance.now() - started).toBeLessThan(30_000)
    // Nor does it go on alone.
    await until(() => !commands().some(command => ['yes\0', 'cat\0/dev/zero\0'].includes(command)))
  },
  60_000,
)

it('a child that hangs ends in its time although its parent was killed, and so does what the child started', async () => {
  const marker = `60.${process.pid}`
  const child = JSON.stringify(join(ROOT, 'src/host/child.ts'))
  const text = `import { runChild } from ${child}; await runChild('sh', ['-c', 'sleep ${marker}; true'], { timeoutMs: 1500 })`
  const parent = spawn(process.execPath, ['--input-type=module', '-e', text], { stdio: 'ignore' })
  const isRunning = () => commands().some(command => command === `sleep\0${marker}\0`)
  await until(isRunning)
  parent.kill('SIGKILL')
  expect(isRunning()).toBe(true)
  await until(() => !isRunning())
}, 30_000)

it('a child whose output a listener cannot take: the error comes when the child has ended', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'balancing-child-')), 'ended')
  const onOutput = () => {
    throw new Error('no')
  }
  await expect(runChild(...SH(`echo hi; echo ho; sleep 0.2; touch ${file}`), { onOutput })).rejects.toThrow('no')
  expect(existsSync(file)).toBe(true)
})

it('a program that is missing, and one that cannot be run, are named', async () => {
  expect(await runChild('/nowhere/tool', [])).toMatchObject({
    isMissing: true,
    failure: '/nowhere/tool cannot be started: No such file or directory',
  })
  expect(await runChild('/dev/null', [])).toMatchObject({
    isMissing: true,
    failure: '/dev/null cannot be started: Permission denied',
  })
  expect(await runChild(...SH('exit 127'))).toMatchObject({ isMissing: false, exitCode: 127 })
})

it('those that hold a lock are named: all that share the open file, and nobody who waits', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'balancing-lock-'))
  const fd = openSync(folder, 'r')
  const { ino } = fstatSync(fd)
  expect(lockHolders(ino)).toEqual([])
  await runChild('flock', ['-x', '3'], { held: fd })
  const waiting = runChild('flock', ['-w', '60', folder, 'true'], { timeoutMs: 2000 })
  const sharing = runChild(...SH('# a\nb\u202e\nexec sleep 1'), { held: fd })
  await sleep(500)
  const holders = lockHolders(ino)
  expect(holders.map(({ pid }) => pid)).toContain(process.pid)
  expect(holders.map(({ command }) => command).join()).toContain('sleep 1')
  expect(holders.map(({ command }) => command).join()).not.toMatch(/flock|[\p{Cc}\p{Cf}]/u)
  closeSync(fd)
  await Promise.all([sharing, waiting])
  rmSync(folder, { recursive: true })
})

it('every child of src has a time-out: nothing but these files starts one', () => {
  const files = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' }).filter(name =>
    name.endsWith('.ts'),
  )
  const starting = files.filter(name =>
    /\bexeca\(|\b(spawn|exec|execFile|fork)(Sync)?\(/.test(code(join(ROOT, 'src', name))),
  )
  expect(starting.sort()).toEqual(STARTING)
})

/**
 * runChild; the resident bpftool, each of whose answers has a time-out; plugins for credentials, which a signal ends in time; the
 * monitors of devices, which are never waited for.
 */
const STARTING = [
  'apiserver/connection.ts',
  'bpf/bpftool/batch-process.ts',
  'host/child.ts',
  'host/devices/watch-devices.ts',
]

it('every unit that we ship gives its start a time', () => {
  for (const name of readdirSync(join(ROOT, 'manifests')).filter(name => name.endsWith('.service')))
    expect(readFileSync(join(ROOT, 'manifests', name), 'utf8'), name).toMatch(/^TimeoutStartSec=\d+(s|min)$/m)
})

it('an exception in an event ends the command with 70', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'balancing-bug-'))
  const hook = join(folder, 'hook.mjs')
  writeFileSync(hook, "setTimeout(() => { throw new Error('a bug') }, 300)\n")
  const words = ['--import', hook, join(ROOT, 'src/main.ts'), 'validate', '-f', '-']
  // Its input never ends.
  const command = spawn(process.execPath, words, { stdio: ['pipe', 'ignore', 'ignore'] })
  const code = await Promise.race([new Promise(resolve => command.once('exit', resolve)), sleep(20_000, 'it hangs')])
  command.kill('SIGKILL')
  rmSync(folder, { recursive: true })
  expect(code).toBe(70)
}, 30_000)

/** Without regular expressions' exec(). */
function code(path: string): string {
  return readFileSync(path, 'utf8')
    .replace(/[./\w]+\.exec\(/g, '')
    .replace(/\/[a-z]*\.exec\(/g, '')
}

function commands(): string[] {
  return readdirSync('/proc').flatMap(pid => {
    try {
      return /^\d+$/.test(pid) ? [readFileSync(`/proc/${pid}/cmdline`, 'utf8')] : []
    } catch {
      return []
    }
  })
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(50)
}
