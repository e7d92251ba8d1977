// SPDX-License-Identifier: Apache-2.0
import { EXIT } from '../../base/exit.ts'
import { failure } from '../../base/failure.ts'
import type { Entries } from '../../datapath/image.ts'
import { BatchProcess } from './batch-process.ts'
import type { Answer, Bpf, DumpedMap, FailedLine, MapRef } from './bpf.ts'
import { type Bpftool, lookupLine } from './bpftool.ts'

/**
 * Lines that go to the resident process at once, acknowledgements included: the kernel takes that much whole or not at
 * all into the socket of a child's input (a socket buffer is 48 KiB), so a killed parent leaves no half of a line. The
 * start of a process is a small part of a longer batch, which goes through a file.
 */
const MOST_BYTES = 32 * 1024

const ACKNOWLEDGEMENT_BYTES = 'version\n'.length

/**
 * bpftool with a resident process for small writes and lookups: one write takes 0.2 ms instead of 6.8, twenty take 0.7
 * instead of 7.6 (`make bench SECTIONS=writes`; medians of 300 rounds on a busy machine). Bpftool does all else, and
 * everything where bpftool does not answer line by line; `unable` says why then.
 */
export class ResidentBpftool implements Bpf {
  /** Why there is no resident process. */
  unable: string | undefined
  readonly #bpftool: Bpftool
  #process: BatchProcess | undefined
  #turn: Promise<unknown> = Promise.resolve()

  constructor(bpftool: Bpftool) {
    this.#bpftool = bpftool
  }

  run(...args: string[]): Promise<Answer> {
    return this.#bpftool.run(...args)
  }

  show(lines: readonly string[]): Promise<unknown[]> {
    return this.#bpftool.show(lines)
  }

  dump(maps: readonly DumpedMap[]): Promise<(Entries | undefined)[]> {
    return this.#bpftool.dump(maps)
  }

  /** A missing key ends the process; the keys behind it are asked of another. Values of maps with BTF have no bytes here: Bpftool reads them. */
  lookup(keys: readonly { map: MapRef; key: string }[]): Promise<(string | undefined)[]> {
    return this.#inTurn(async () => {
      const values: (string | undefined)[] = []
      while (values.length < keys.length) {
        const rest = keys.slice(values.length)
        const lines = rest.map(lookupLine)
        const process = await this.#processFor(lines)
        if (!process) return [...values, ...(await this.#bpftool.lookup(rest))]
        const { outputs, failure: stop } = await process.execute(lines)
        for (const [i, output] of outputs.entries())
          values.push(valueIn(output) ?? (await this.#bpftool.lookup([rest[i]!]))[0])
        if (stop && !stop.isLine) throw failure(EXIT.nodeNotReady, 'bpftool-failed', stop.message)
        if (stop) values.push(undefined)
      }
      return values
    })
  }

  write(lines: string | Buffer, onProgress?: (started: number) => void): Promise<FailedLine | undefined> {
    if (lines.length > MOST_BYTES) return this.#bpftool.write(lines, onProgress)
    return this.#inTurn(async () => {
      const each = lines
        .toString()
        .split('\n')
        .filter(line => line !== '')
      if (each.length === 0) return undefined
      const process = await this.#processFor(each)
      if (!process) return this.#bpftool.write(lines)
      const { outputs, failure } = await process.execute(each)
      return failure && { line: failure.isLine ? outputs.length : undefined, message: failure.message }
    })
  }

  /** Ends the resident process, after what was asked before. */
  close(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#process?.end()
      this.#process = undefined
    })
  }

  /** The process that is to execute these lines, started if need be; undefined when Bpftool has to. */
  async #processFor(lines: readonly string[]): Promise<BatchProcess | undefined> {
    const bytes = lines.reduce((sum, line) => sum + line.length + 1 + ACKNOWLEDGEMENT_BYTES, 0)
    if (bytes > MOST_BYTES || this.unable !== undefined) return undefined
    if (this.#process && !this.#process.ended) return this.#process
    const started = await BatchProcess.start(this.#bpftool)
    if (typeof started === 'string') this.unable = started
    this.#process = typeof started === 'string' ? undefined : started
    return this.#process
  }

  /** One series of lines at a time. */
  #inTurn<T>(action: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(action)
    this.#turn = done.catch(() => {})
    return done
  }
}

/** From `key: … value: 0a 60 00 …`, the value's bytes. */
function valueIn(text: string): string | undefined {
  const digits = /value:\s((?:\s*[0-9a-f]{2})+)\s*$/.exec(text)?.[1]?.trim()
  return digits && String.fromCharCode(...digits.split(/\s+/).map(byte => Number.parseInt(byte, 16)))
}
