// SPDX-License-Identifier: Apache-2.0
import { CHILD, failureOf, loadExeca, stdioOf } from '../../host/child.ts'
import type { Bpftool } from './bpftool.ts'

/** How far a series of lines came. */
interface Executed {
  /** What each executed line printed. */
  outputs: string[]
  /** Why not all lines were executed. */
  failure?: Failure | undefined
}

type Child = ReturnType<typeof spawnBatch>

/** `isLine`: the line behind the executed ones failed. Otherwise bpftool died, and any number of lines was executed. */
interface Failure {
  message: string
  isLine: boolean
}

/** A bpftool whose output stays in a buffer (a wrapper may keep it) never answers, however long one waits. */
const START_MS = 10_000

/**
 * A bpftool that executes each line of its input when the line arrives; it flushes its output after each line it prints
 * (setlinebuf(3), but not with -j). `version` behind a line acknowledges it: when the text of the version comes, the line
 * was executed. bpftool ends at the first line that fails.
 */
export class BatchProcess {
  /** Why it takes no more lines. */
  ended: Failure | undefined
  readonly #child: Child
  readonly #timeoutMs: number
  /** The text of the version. */
  #acknowledgement = ''
  #printed = ''
  #complaint = ''
  /** Looks again whether what is waited for has come. */
  #look = () => {}

  private constructor(child: Child, program: string, timeoutMs: number) {
    this.#child = child
    this.#timeoutMs = timeoutMs
    child.stdin.on('error', () => {}) // the end of the process says why
    child.stdout.on('data', chunk => {
      this.#printed += chunk
      this.#look()
    })
    child.stderr.on('data', chunk => (this.#complaint += chunk))
    child.then(outcome => {
      const reason = failureOf(program, outcome, timeoutMs)
      const message = reason ?? complaintIn(this.#complaint) ?? `bpftool ended with ${outcome.exitCode}`
      this.ended ??= { message, isLine: reason === undefined }
      this.#look()
    })
  }

  /** Starts one and waits for its first acknowledgement, or says why there can be none. */
  static async start({ program, lock, timeoutMs }: Bpftool): Promise<BatchProcess | string> {
    const process = new BatchProcess(spawnBatch(await loadExeca(), program, lock?.fd), program, timeoutMs)
    const isAnswered = () => /^features:.*\n$/m.test(process.#printed)
    await process.#send('version\n', isAnswered, Math.min(timeoutMs, START_MS))
    process.#acknowledgement = process.#printed
    return process.ended?.message ?? process
  }

  /** Executes lines in order. One series at a time, of at most MOST_BYTES (resident-bpftool.ts). */
  async execute(lines: readonly string[]): Promise<Executed> {
    this.#printed = ''
    const acknowledged = () => this.#printed.split(this.#acknowledgement)
    const text = lines.map(line => `${line}\nversion\n`).join('')
    await this.#send(text, () => acknowledged().length > lines.length)
    const outputs = acknowledged().slice(0, -1)
    return { outputs, ...(outputs.length < lines.length && { failure: this.ended }) }
  }

  /** Lets it end, which it does after the last line. */
  async end(): Promise<void> {
    this.ended ??= { message: 'bpftool was told to end', isLine: false }
    this.#child.stdin.end()
    await this.#child
  }

  /** Writes text and waits until `isAnswered`, or until the process has ended. A silent process is killed. */
  async #send(text: string, isAnswered: () => boolean, timeoutMs = this.#timeoutMs): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(() => {
      this.ended = { message: `bpftool did not answer within ${timeoutMs / 1000} s and was killed`, isLine: false }
      this.#child.kill('SIGKILL')
      resolve()
    }, timeoutMs)
    this.#look = () => {
      if (this.ended || isAnswered()) resolve()
    }
    this.#child.stdin.write(text)
    this.#look()
    await promise
    clearTimeout(timer)
  }
}

function spawnBatch(execa: Awaited<ReturnType<typeof loadExeca>>, program: string, held: number | undefined) {
  const stdio = stdioOf('pipe', 'pipe', held)
  return execa(program, ['batch', 'file', '-'], { ...CHILD, stdio, buffer: false })
}

/** bpftool says `Error: update failed: …`; libbpf may have said more before. */
function complaintIn(text: string): string | undefined {
  return /^Error: (.*)$/m.exec(text)?.[1]
}
