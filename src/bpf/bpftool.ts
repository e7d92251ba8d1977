import { EXIT } from '../base/exit.ts'
import { failure } from '../base/failure.ts'
import { type ChildOptions, type Ended, runChild } from '../host/child.ts'
import type { Lock } from '../host/lock.ts'
import { ScratchFile } from '../host/scratch.ts'
import { BatchOutput } from './batch-output.ts'

/** The oldest bpftool whose batch and dump forms are known here. */
const OLDEST = [7, 1] as const

/**
 * The line of a batch that failed, counted from 0; the lines before it took effect. Without a line bpftool itself died
 * and any number of lines may have taken effect.
 */
export interface FailedLine {
  line: number | undefined
  message: string
}

/**
 * bpftool, as a child process. Everything goes through `-j`, so that answers have a form and a failed batch
 * says which line it was.
 */
export class Bpftool {
  readonly #program: string
  readonly #lock: Lock | undefined

  /** Children that write hold `lock` too: a killed parent never leaves a running batch unguarded. */
  constructor(lock?: Lock, program = process.env.BALANCING_BPFTOOL ?? 'bpftool') {
    this.#program = program
    this.#lock = lock
  }

  /** The same tool, its children holding a lock. */
  under(lock: Lock): Bpftool {
    return new Bpftool(lock, this.#program)
  }

  /** Refuses a bpftool that is missing or too old (exit 4). Returns its version. */
  async requireVersion(): Promise<string> {
    const { stdout, notStarted } = await runChild(this.#program, ['-j', 'version'])
    if (notStarted !== undefined) {
      const hint = 'install bpftool 7.1 or later (Debian: apt-get install bpftool)'
      throw failure(EXIT.nodeNotReady, 'bpftool-missing', `${this.#program} cannot be started: ${notStarted}`, hint)
    }
    const version = /"version":"(\d+)\.(\d+)/.exec(stdout)
    if (!version || Number(version[1]) * 1000 + Number(version[2]) < OLDEST[0] * 1000 + OLDEST[1]) {
      const found = version ? `${version[1]}.${version[2]}` : 'of an unknown version'
      const message = `bpftool ${found} is too old: ${OLDEST.join('.')} or later is needed`
      throw failure(EXIT.nodeNotReady, 'bpftool-too-old', message, 'name a newer one in $BALANCING_BPFTOOL')
    }
    return `${version[1]}.${version[2]}`
  }

  /** Runs one command. Its answer, or what bpftool says went wrong. */
  async run(...args: string[]): Promise<{ output: unknown; error?: string }> {
    const { stdout, stderr, exitCode } = await this.#start(args)
    const output = parseJson(stdout)
    const error = errorOf(output)
    if (error !== undefined || exitCode !== 0) return { output, error: error ?? (stderr.trim() || 'bpftool failed') }
    return { output }
  }

  /** Asks several read-only questions in one process. Stops at the first that fails: fewer answers than lines. */
  async ask(lines: readonly string[]): Promise<unknown[]> {
    if (lines.length === 0) return []
    const replies = parseJson((await this.#batch(lines.join('\n'))).stdout)
    if (!Array.isArray(replies)) return []
    const outputs = replies.map(reply => (reply as { output?: unknown }).output)
    return errorOf(outputs.at(-1)) === undefined ? outputs : outputs.slice(0, -1)
  }

  /** Asks questions of which some may fail: an answer for each, undefined for those. */
  async askEach(lines: readonly string[]): Promise<unknown[]> {
    const answers: unknown[] = []
    while (answers.length < lines.length) {
      answers.push(...(await this.ask(lines.slice(answers.length))))
      if (answers.length < lines.length) answers.push(undefined)
    }
    return answers
  }

  /** Runs writes in order, a line each, and stops at the first that fails. */
  async write(lines: string | Buffer): Promise<FailedLine | undefined> {
    if (lines.length === 0) return undefined
    const echo = new BatchOutput()
    const { exitCode, stderr, signal } = await this.#batch(lines, { onOutput: chunk => echo.take(chunk) })
    if (exitCode === 0) return undefined
    // Before Linux 5.11 bpftool takes the errno of its own probe, left over at the end, for that of reading the batch.
    if (echo.error?.startsWith('reading batch file failed') && echo.commands === countLines(lines)) return undefined
    if (echo.error !== undefined) return { line: echo.commands - 1, message: echo.error }
    return { line: undefined, message: stderr.trim() || `bpftool was ended by ${signal ?? 'nobody knows what'}` }
  }

  /**
   * Dumps maps, each group by one process into a file: the processes are already running when this returns, so the
   * caller can compute meanwhile. One text a group: a batch's answers, `{"command":[…],"output":[…]}`, in order; empty
   * when bpftool failed.
   */
  dump(groups: readonly (readonly number[])[]): Promise<Buffer[]> {
    return Promise.all(
      groups.map(async ids => {
        const dumped = new ScratchFile()
        try {
          const lines = ids.map(id => `map dump id ${id}\n`).join('')
          const { exitCode } = await this.#batch(lines, { stdout: dumped.fd })
          return exitCode === 0 ? dumped.read() : Buffer.alloc(0)
        } finally {
          dumped.close()
        }
      }),
    )
  }

  async #batch(lines: string | Buffer, options: ChildOptions = {}): Promise<Ended> {
    const batch = new ScratchFile(lines)
    try {
      return await this.#start(['batch', 'file', '-'], { ...options, stdin: batch.fd })
    } finally {
      batch.close()
    }
  }

  #start(args: readonly string[], options: ChildOptions = {}): Promise<Ended> {
    return runChild(this.#program, ['-j', ...args], { ...options, ...(this.#lock && { guard: this.#lock.holder }) })
  }
}

function countLines(text: string | Buffer): number {
  return (typeof text === 'string' ? text : text.toString('latin1')).split('\n').filter(line => line !== '').length
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** bpftool's `{"error": "…"}`, alone or as the last of several answers. */
function errorOf(output: unknown): string | undefined {
  const last = Array.isArray(output) ? output.at(-1) : output
  const error = (last as { error?: unknown } | undefined | null)?.error
  return typeof error === 'string' ? error : undefined
}
