// SPDX-License-Identifier: Apache-2.0
import type { ChildProcess } from 'node:child_process'
import type { Options } from 'execa'
import { EXIT } from '../base/exit.ts'
import { failure } from '../base/failure.ts'

/** How a child process ended. */
export interface Ended {
  stdout: string
  stderr: string
  /** Undefined when the child did not end by itself; `failure` says why. */
  exitCode: number | undefined
  /** Why there is no exit code; names the program. */
  failure?: string
  /** The program could not be started at all. */
  isMissing: boolean
}

export interface ChildOptions {
  /** A file descriptor that the child reads. */
  stdin?: number
  /** A file descriptor that the child writes. */
  stdout?: number
  /** A file descriptor that the child holds open as long as it runs, as its descriptor 3. */
  held?: number | undefined
  /** Takes the output piece by piece, instead of it being collected. */
  onOutput?: (chunk: Buffer) => void
  timeoutMs?: number
}

/** The longest that any child takes is loading the programs on an emulated machine: 20 s. */
export const TIMEOUT_MS = 120_000

/** The most of an output that is kept, in bytes. */
const MOST_OUTPUT = 100_000_000

/** As much of what a child complains. execa escapes it in a message of its own, which takes six times as many characters. */
const MOST_COMPLAINTS = 20_000_000

/** A process that left the group of its child may keep the output open: it is awaited no longer than this. */
const LINGER_MS = 5_000

/**
 * Settings of every child. Killing the parent does not kill a child: a batch runs to its end, and holds the lock until
 * then.
 */
export const CHILD = {
  reject: false,
  stripFinalNewline: false,
  cleanup: false,
  killSignal: 'SIGKILL',
  maxBuffer: MOST_COMPLAINTS,
} as const satisfies Options

/**
 * execa takes 24 ms of CPU time to load, a seventh of a small apply, so commands that start no child do without it.
 */
export async function loadExeca() {
  return (await import('execa')).execa
}

/** What a child gets as descriptors 0 to 3. execa takes every descriptor; its types know those up to 9. */
export function stdioOf(stdin: 'pipe' | 'ignore' | number, stdout: 'pipe' | number, held: number | undefined) {
  return [stdin, stdout, 'pipe', held ?? 'ignore'] as unknown as ['pipe', 'pipe', 'pipe', 'ignore']
}

/**
 * Runs a program to its end, or to the end of its time: timeout(1) kills it and all that it started then, whether or not this
 * process still lives. Rejects with what `onOutput` throws, after the child has ended, and where there is no timeout(1) (exit 4).
 */
export async function runChild(
  program: string,
  args: readonly string[],
  { stdin, stdout, held, onOutput, timeoutMs = TIMEOUT_MS }: ChildOptions = {},
): Promise<Ended> {
  const execa = await loadExeca()
  const stdio = stdioOf(stdin ?? 'ignore', stdout ?? 'pipe', held)
  const started = performance.now()
  const child = execa('timeout', ['-s', 'KILL', String(timeoutMs / 1000), program, ...args], {
    ...CHILD,
    stdio,
    buffer: { stdout: false },
  })
  const kept = new Output(() => child.nodeChildProcess.kill('SIGTERM'))
  const fault = listen(child.nodeChildProcess, onOutput ?? (chunk => kept.add(chunk)))
  const stopLingering = limitLingering(child.nodeChildProcess)
  const ended = await child
  stopLingering()
  if (fault.error) throw fault.error
  const isFlood = kept.isTooMuch || ended.isMaxBuffer
  const timedOut = ended.signal === 'SIGKILL' && performance.now() - started >= timeoutMs
  const texts = { stdout: kept.text(), stderr: String(ended.stderr ?? '') }
  const isStarted = ended.exitCode !== undefined || ended.signal !== undefined
  if (!isStarted) {
    const reason = `timeout cannot be started: ${ended.originalMessage}`
    throw failure(EXIT.nodeNotReady, 'no-timeout', reason, 'install coreutils')
  }
  const unstarted = reasonUnstarted(ended.exitCode, texts.stderr)
  if (unstarted !== undefined) {
    const reason = `${program} cannot be started: ${unstarted}`
    return { ...texts, exitCode: undefined, isMissing: true, failure: reason }
  }
  const reason = failureOf(program, { ...ended, timedOut, isFlood }, timeoutMs)
  const exitCode = isFlood ? undefined : ended.exitCode
  return { ...texts, exitCode, isMissing: false, ...(reason !== undefined && { failure: reason }) }
}

/** The output of a child. Beyond MOST_OUTPUT it is dropped, and `stop` is called once: timeout(1) passes SIGTERM on to the child. */
class Output {
  readonly #chunks: Buffer[] = []
  readonly #stop: () => void
  #size = 0

  constructor(stop: () => void) {
    this.#stop = stop
  }

  get isTooMuch(): boolean {
    return this.#size > MOST_OUTPUT
  }

  add(chunk: Buffer): void {
    if (this.isTooMuch) return
    this.#size += chunk.length
    if (this.isTooMuch) this.#stop()
    else this.#chunks.push(chunk)
  }

  text(): string {
    return Buffer.concat(this.#chunks).toString()
  }
}

/** Passes the output on. What the listener throws is kept: thrown in an event it would end nothing. */
function listen(child: ChildProcess, onOutput: (chunk: Buffer) => void): { error?: unknown } {
  const fault: { error?: unknown } = {}
  child.stdout?.on('data', (chunk: Buffer) => {
    try {
      if (fault.error === undefined) onOutput(chunk)
    } catch (error) {
      fault.error = error
    }
  })
  return fault
}

/** A process that outlives a child may hold its output open: stops to read it a little later. Returns what stops that. */
function limitLingering(child: ChildProcess): () => void {
  let timer: NodeJS.Timeout | undefined
  child.once('exit', () => {
    timer = setTimeout(() => {
      child.stdout?.destroy()
      child.stderr?.destroy()
    }, LINGER_MS)
  })
  return () => clearTimeout(timer)
}

/** Why timeout(1) could not start a program: it says so by its exit code and a line of its own. */
function reasonUnstarted(exitCode: number | undefined, stderr: string): string | undefined {
  if (exitCode !== 126 && exitCode !== 127) return undefined
  return /^timeout: failed to run command .*: (.*)$/m.exec(stderr)?.[1]
}

interface Outcome {
  exitCode?: number | undefined
  /** It wrote more than is kept, and was killed for it. */
  isFlood?: boolean
  signal?: string | undefined
  timedOut: boolean
  originalMessage?: string | undefined
}

/** Why a child has no exit code; names the program. */
export function failureOf(program: string, ended: Outcome, timeoutMs: number): string | undefined {
  if (ended.isFlood) return `${program} wrote too much, and was killed`
  if (ended.timedOut) return `${program} did not end within ${timeoutMs / 1000} s and was killed`
  if (ended.exitCode !== undefined) return undefined
  if (ended.signal !== undefined) return `${program} was ended by ${ended.signal}`
  return `${program} cannot be started: ${ended.originalMessage ?? 'no reason was given'}`
}

/** What a program wrote to stderr, as a part of a message: on one line. */
export function stderrLine(stderr: string): string {
  return stderr.trim().replace(/\s*\n\s*/g, '; ')
}
