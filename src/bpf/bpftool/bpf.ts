// SPDX-License-Identifier: Apache-2.0
import type { Entries } from '../../datapath/image.ts'

/**
 * How bpftool finds a map. A pin needs no capability but the permission to open it; an id needs CAP_SYS_ADMIN, and is
 * the only way to a map that lost its pin.
 */
export type MapRef = `pinned ${string}` | `id ${number}`

/** A map to be dumped; sizes in bytes. */
export interface DumpedMap {
  ref: MapRef
  keySize: number
  valueSize: number
}

/**
 * The line of a batch that failed, counted from 0; the lines before it took effect. Without a line bpftool itself died
 * and any number of lines may have taken effect: dump and plan anew.
 */
export interface FailedLine {
  line: number | undefined
  message: string
}

/** What one command of bpftool answered, or why it failed. */
export interface Answer {
  output: unknown
  error?: string
}

/**
 * The port to the kernel's BPF objects: all that src/bpf, the use cases and the agent ask of bpftool. Keys and values
 * are bytes as latin-1 text. Answers say why bpftool failed; only `show` and `lookup` have no room for a reason, and reject with a
 * failure (exit 4) when bpftool was killed or cannot be started.
 */
export interface Bpf {
  /** Runs one command: loads, pins, attaches, detaches, lists. */
  run(...args: string[]): Promise<Answer>
  /** Asks about objects, a line each (`map show id 7`). An answer for each line; undefined where bpftool had none. */
  show(lines: readonly string[]): Promise<unknown[]>
  /** The value of each key; undefined where the key is missing or the map cannot be read. */
  lookup(keys: readonly { map: MapRef; key: string }[]): Promise<(string | undefined)[]>
  /** All entries of maps without BTF; undefined for all when one cannot be read. */
  dump(maps: readonly DumpedMap[]): Promise<(Entries | undefined)[]>
  /**
   * Runs writes in order, a line each (plan/batch.ts), and stops at the first that fails. `onProgress` may hear meanwhile
   * how many lines were started.
   */
  write(lines: string | Buffer, onProgress?: (started: number) => void): Promise<FailedLine | undefined>
}
