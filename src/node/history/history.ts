import { hash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { hasErrors } from '../../base/diagnostic.ts'
import { EXIT } from '../../base/exit.ts'
import { Failure, failure } from '../../base/failure.ts'
import { writeDurably } from './durable.ts'
import { damaged, type Entry, parseEntry, printEntry } from './entry.ts'

/** How many revisions a node keeps; fewer, but always two, of specs so big that they would take more than MOST_BYTES. */
export const KEPT = 10
const LEAST = 2
const MOST_BYTES = 128 * 2 ** 20

/** What an entry says beside where it stands. */
export type Facts = Omit<Entry, 'sequence' | 'revision'>

/**
 * The specs that were put in place on a node, in a directory of its own: NNNNNN.yaml is the spec, NNNNNN.json the entry,
 * written once all is in place. So an apply that was killed leaves a spec without an entry, which the next one replaces.
 * Whoever writes holds the lock of the pin directory.
 */
export class History {
  readonly directory: string

  constructor(directory: string) {
    this.directory = directory
  }

  /** Oldest first; empty when there is no directory. An entry that was damaged is refused (exit 4). */
  entries(): Entry[] {
    return this.#sequences().map(sequence => this.#read(sequence))
  }

  specPath({ sequence }: Entry): string {
    return this.#path(sequence, 'yaml')
  }

  /** The spec of an entry, in its canonical text; refused (exit 4) when it is not what was put in place. */
  specText(entry: Entry): string {
    const path = this.specPath(entry)
    const { revision } = entry
    const text = this.#try(`read ${path}`, () => readFileSync(path, 'utf8'))
    if (hash('sha256', text) === revision) return text
    const message = `${path} is no longer the spec of revision ${revision.slice(0, 12)}: somebody changed it`
    throw failure(EXIT.nodeNotReady, 'damaged-history', message, 'remove it, or put another revision in place')
  }

  /**
   * Keeps the canonical text of a revision for an entry to come. What cannot be written is a refusal (exit 4): so it comes
   * before anything is programmed. `commit` makes it an entry and drops the oldest ones.
   */
  prepare(text: string, revision: string): { commit(facts: Facts): Entry } {
    const sequence = (this.#sequences().at(-1) ?? 0) + 1
    this.#try(`write to ${this.directory}`, () => {
      mkdirSync(this.directory, { recursive: true, mode: 0o700 })
      writeDurably(this.#path(sequence, 'yaml'), text, 0o600)
    })
    return {
      commit: facts => {
        const entry = { sequence, revision, ...facts }
        this.#try(`write to ${this.directory}`, () => {
          writeDurably(this.#path(sequence, 'json'), printEntry(entry), 0o600)
          this.#prune()
        })
        return entry
      },
    }
  }

  /** Is there a spec later than all entries: did an apply break off? */
  hasUnfinished(): boolean {
    const newest = this.#sequences().at(-1) ?? 0
    return this.#files().some(name => Number(OURS.exec(name)?.[1]) > newest && name.endsWith('.yaml'))
  }

  /** Removes all that a history consists of, and the directory unless it holds something else. */
  remove(): void {
    this.#try(`remove ${this.directory}`, () => {
      for (const name of this.#files()) if (OURS.test(name)) rmSync(join(this.directory, name))
      if (existsSync(this.directory) && this.#files().length === 0) rmdirSync(this.directory)
    })
  }

  /** Removes the oldest entries, and what was never committed or was cut off by a crash. */
  prune(): void {
    this.#try(`write to ${this.directory}`, () => this.#prune())
  }

  #prune(): void {
    const kept = new Set<number>()
    let bytes = 0
    for (const sequence of this.#sequences().reverse()) {
      bytes += statSync(this.#path(sequence, 'yaml'), { throwIfNoEntry: false })?.size ?? 0
      if (kept.size === KEPT || (kept.size >= LEAST && bytes > MOST_BYTES)) break
      kept.add(sequence)
    }
    for (const name of this.#files()) {
      const sequence = Number(OURS.exec(name)?.[1])
      const isWanted = kept.has(sequence) && !name.endsWith('.tmp')
      if (!Number.isNaN(sequence) && !isWanted) rmSync(join(this.directory, name), { force: true })
    }
  }

  #read(sequence: number): Entry {
    const path = this.#path(sequence, 'json')
    const text = this.#try(`read ${path}`, () => readFileSync(path, 'utf8'))
    const { value, diagnostics } = parseEntry(text, path)
    if (value === undefined || hasErrors(diagnostics)) throw new Failure(EXIT.nodeNotReady, diagnostics)
    if (value.sequence === sequence) return value
    throw new Failure(EXIT.nodeNotReady, [damaged(path, 2, `"sequence" is ${value.sequence}`)])
  }

  #path(sequence: number, kind: 'json' | 'yaml'): string {
    return join(this.directory, `${String(sequence).padStart(6, '0')}.${kind}`)
  }

  /** Of all entries, in their order. */
  #sequences(): number[] {
    const names = this.#files().filter(name => OURS.exec(name)?.[2] === 'json')
    return names.map(name => Number.parseInt(name, 10)).sort((a, b) => a - b)
  }

  #files(): string[] {
    return this.#try(`read ${this.directory}`, () => {
      try {
        return readdirSync(this.directory)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
        throw error
      }
    })
  }

  #try<T>(what: string, action: () => T): T {
    try {
      return action()
    } catch (error) {
      if (error instanceof Failure) throw error
      const message = `balancing cannot ${what}: ${(error as Error).message}`
      throw failure(EXIT.nodeNotReady, 'no-history', message, 'give another --state-dir')
    }
  }
}

/** Files of a history: NNNNNN.yaml, NNNNNN.json, and either with .PID.tmp behind it, cut off by a crash. */
const OURS = /^(\d{6,})\.(json|yaml|(?:json|yaml)\.\d+\.tmp)$/
