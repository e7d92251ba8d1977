// SPDX-License-Identifier: Apache-2.0
import { type ChildProcess, spawn } from 'node:child_process'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'

const running = new Set<ChildProcess>()

/** What a command that succeeded wrote: its stdout, and what it wrote to descriptor 3. */
export interface Wrote {
  stdout: string
  third: string
}

/**
 * Runs a command to its end; throws what it said when it ends with another code than `exits`. Every command gets a process group of its own, so that
 * killChildren() reaches its children too.
 */
export async function run(program: string, args: readonly string[], input = '', exits = 0): Promise<Wrote> {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe', 'pipe'], detached: true })
  running.add(child)
  try {
    child.stdin.on('error', () => {}) // it ended early: its exit status says so
    child.stdin.end(input)
    const third = text(child.stdio[3] as Readable)
    const ended = new Promise<number | string>((resolve, reject) => {
      child.on('close', (code, signal) => resolve(code ?? signal ?? '')).on('error', reject)
    })
    const [stdout, stderr, report, end] = await Promise.all([text(child.stdout), text(child.stderr), third, ended])
    if (end !== exits) throw new Error(`${[program, ...args].join(' ')} ended with ${end}: ${stderr.trim()}`)
    return { stdout, third: report }
  } finally {
    running.delete(child)
  }
}

/** Has killChildren() end a child that leads a process group (`detached`). */
export function keepTrack<Child extends ChildProcess>(child: Child): Child {
  running.add(child)
  child.on('close', () => running.delete(child))
  return child
}

/** Ends every command that is under way. */
export function killChildren(): void {
  for (const { pid } of running) {
    try {
      if (pid !== undefined) process.kill(-pid, 'SIGKILL')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
  }
}
