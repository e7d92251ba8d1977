import { spawn } from 'node:child_process'
import type { Writable } from 'node:stream'

/** How a child ended. */
export interface Ended {
  stdout: string
  stderr: string
  exitCode: number | null
  /** What ended it, when it did not end by itself. */
  signal?: string
  /** Why it could not be started at all. */
  notStarted?: string
}

export interface ChildOptions {
  /** File descriptors: the child reads and writes them by itself. */
  stdin?: 'ignore' | number
  stdout?: 'pipe' | number
  /** A pipe that the child keeps open as long as it lives. */
  guard?: Writable | 'ignore'
  /** Takes the output piece by piece, instead of it being collected. */
  onOutput?: (chunk: Buffer) => void
}

/** Runs a program to its end. (It hands raw handles to the child, hence node:child_process and no wrapper.) */
export function runChild(
  program: string,
  args: readonly string[],
  { stdin = 'ignore', stdout = 'pipe', guard = 'ignore', onOutput }: ChildOptions = {},
): Promise<Ended> {
  const child = spawn(program, args, { stdio: [stdin, stdout, 'pipe', guard] })
  const out: Buffer[] = []
  const err: Buffer[] = []
  child.stdout?.on('data', onOutput ?? (chunk => out.push(chunk)))
  child.stderr?.on('data', chunk => err.push(chunk))
  return new Promise(resolve => {
    const ended = (exitCode: number | null, signal?: string | null): Ended => ({
      stdout: Buffer.concat(out).toString(),
      stderr: Buffer.concat(err).toString(),
      exitCode,
      ...(signal ? { signal } : {}),
    })
    child.once('error', error => resolve({ ...ended(null), notStarted: error.message }))
    child.once('close', (code, signal) => resolve(ended(code, signal)))
  })
}
