// SPDX-License-Identifier: Apache-2.0
import { EXIT } from '../../base/exit.ts'
import { failure } from '../../base/failure.ts'
import type { Entries } from '../../datapath/image.ts'
import { type ChildOptions, type Ended, runChild, stderrLine, TIMEOUT_MS } from '../../host/child.ts'
import type { Lock } from '../../host/lock.ts'
import { ScratchFile } from '../../host/scratch.ts'
import { hexBytes } from '../../plan/batch.ts'
import { noRoomHint } from '../maps/no-room.ts'
import { BatchOutput } from './batch-output.ts'
import type { Answer, Bpf, DumpedMap, FailedLine, MapRef } from './bpf.ts'
import { parseDump, splitAnswers } from './dump.ts'

/** The oldest bpftool whose batch and dump forms are known here. */
const OLDEST = [7, 1] as const

const MISSING = ['bpftool-missing', 'install bpftool 7.1 or later (Debian: apt-get install bpftool)'] as const
const SILENT = ['bpftool-failed', 'run bpftool version by hand; $BALANCING_BPFTOOL can name another one'] as const

export interface BpftoolOptions {
  /** A path, or a name to be found in $PATH. */
  program?: string
  /** Children hold this lock too: a killed parent never leaves a running batch unguarded. */
  lock?: Lock | undefined
  /** A child that takes longer is killed. */
  timeoutMs?: number
}

/**
 * bpftool, one process a command or batch. Everything goes through `-j`, so that answers have a form and a failed batch
 * says which line it was. Batches go through unnamed files: what a child reads is whole before it starts.
 */
export class Bpftool implements Bpf {
  readonly program: string
  readonly timeoutMs: number
  readonly lock: Lock | undefined

  constructor({ program, lock, timeoutMs = TIMEOUT_MS }: BpftoolOptions = {}) {
    this.program = program ?? process.env.BALANCING_BPFTOOL ?? 'bpftool'
    this.lock = lock
    this.timeoutMs = timeoutMs
  }

  /** The same tool, its children holding a lock. */
  under(lock: Lock): Bpftool {
    return new Bpftool({ program: this.program, timeoutMs: this.timeoutMs, lock })
  }

  /** Refuses a bpftool that is missing, does not answer, or is too old (exit 4). Returns its version. */
  async requireVersion(): Promise<string> {
    const { stdout, failure: reason, isMissing } = await this.#start(['version'])
    if (reason !== undefined) {
      const [code, hint] = isMissing ? MISSING : SILENT
      throw failure(EXIT.nodeNotReady, code, reason, hint)
    }
    const version = /"version":"(\d+)\.(\d+)/.exec(stdout)
    if (!version || Number(version[1]) * 1000 + Number(version[2]) < OLDEST[0] * 1000 + OLDEST[1]) {
      const found = version ? `${version[1]}.${version[2]}` : 'of an unknown version'
      const message = `bpftool ${found} is too old: ${OLDEST.join('.')} or later is needed`
      throw failure(EXIT.nodeNotReady, 'bpftool-too-old', message, 'name a newer one in $BALANCING_BPFTOOL')
    }
    return `${version[1]}.${version[2]}`
  }

  async run(...args: string[]): Promise<Answer> {
    const { stdout, stderr, exitCode, failure: reason } = await this.#start(args)
    const output = parseJson(stdout)
    const error = errorOf(output)
    if (error === undefined && exitCode === 0) return { output }
    // libbpf prints what the kernel says of a device; bpftool knows the number of the error.
    const said = error && /Kernel error message: (.+)/.exec(stderr)?.[1]
    const told = said ? `${error}: ${said}` : error
    return { output, error: told ?? (reason || stderrLine(stderr) || `bpftool ended with ${exitCode}`) }
  }

  async show(lines: readonly string[]): Promise<unknown[]> {
    const answers: unknown[] = []
    while (answers.length < lines.length) {
      answers.push(...(await this.#ask(lines.slice(answers.length))))
      if (answers.length < lines.length) answers.push(undefined)
    }
    return answers
  }

  /** Asks in one process, which stops at the first question that it cannot answer: fewer answers than lines. */
  async #ask(lines: readonly string[]): Promise<unknown[]> {
    const { stdout, exitCode, failure: reason } = await this.#batch(lines.join('\n'))
    // Without an answer of bpftool nothing is known of the objects; that they are gone would be a guess.
    if (reason !== undefined) throw failure(EXIT.nodeNotReady, 'bpftool-failed', reason, noRoomHint(reason))
    const replies = parseJson(stdout)
    if (!Array.isArray(replies)) return []
    const outputs = replies.map(reply => (reply as { output?: unknown }).output)
    // Behind all answers an old kernel's errno may stand: see write(). A key that is missing is answered null.
    return exitCode === 0 ? outputs : outputs.slice(0, Math.min(lines.length, replies.length - 1))
  }

  async lookup(keys: readonly { map: MapRef; key: string }[]): Promise<(string | undefined)[]> {
    const answers = await this.show(keys.map(lookupLine))
    return answers.map(valueBytes)
  }

  /** By one process into a file, which it may write while the caller computes. */
  async dump(maps: readonly DumpedMap[]): Promise<(Entries | undefined)[]> {
    const dumped = new ScratchFile()
    try {
      const { exitCode } = await this.#batch(maps.map(({ ref }) => `map dump ${ref}\n`).join(''), { stdout: dumped.fd })
      const answers = exitCode === 0 ? splitAnswers(dumped.read()) : []
      return maps.map(({ keySize, valueSize }, i) => answers[i] && parseDump(answers[i], keySize, valueSize))
    } finally {
      dumped.close()
    }
  }

  async write(lines: string | Buffer, onProgress?: (started: number) => void): Promise<FailedLine | undefined> {
    if (lines.length === 0) return undefined
    const output = new BatchOutput()
    const onOutput = (chunk: Buffer) => {
      output.take(chunk)
      onProgress?.(output.commands)
    }
    const { exitCode, stderr, failure: reason } = await this.#batch(lines, { onOutput })
    if (exitCode === 0) return undefined
    // Before Linux 5.11 bpftool takes the errno of its own probe, left over at the end, for that of reading the batch.
    if (output.error?.startsWith('reading batch file failed') && output.commands === countLines(lines)) return undefined
    if (output.error !== undefined && exitCode !== undefined)
      return { line: output.commands - 1, message: output.error }
    return { line: undefined, message: reason || stderrLine(stderr) || `bpftool ended with ${exitCode}` }
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
    const { timeoutMs, lock } = this
    return runChild(this.program, ['-j', ...args], { ...options, timeoutMs, held: lock?.fd })
  }
}

/** The question for the value of a key. */
export function lookupLine({ map, key }: { map: MapRef; key: string }): string {
  return `map lookup ${map} key hex ${hexBytes(key)}`
}

function valueBytes(answer: unknown): string | undefined {
  const value = (answer as { value?: unknown } | undefined | null)?.value
  return Array.isArray(value) ? String.fromCharCode(...value.map(Number)) : undefined
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
