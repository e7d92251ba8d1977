// SPDX-License-Identifier: Apache-2.0
import { hash } from 'node:crypto'
import { hasErrors } from '../../base/diagnostic.ts'
import { EXIT } from '../../base/exit.ts'
import { Failure, failure } from '../../base/failure.ts'
import { shortRevision } from '../../base/short-revision.ts'
import { exposurePart } from '../../spec/canonical/text.ts'
import { HistoryDirectory, type Removed } from './directory.ts'
import { damaged, type Entry, parseEntry, printEntry, type StoredEntry } from './entry.ts'
import { withoutRepeats } from './runs.ts'

/** How many revisions a node keeps; fewer, but always two, of specs so big that they would take more than MOST_BYTES. */
const KEPT = 10
const LEAST = 2
const MOST_BYTES = 128 * 2 ** 20

/** What an entry says beside its number and its hashes. */
export type Facts = Omit<Entry, 'sequence' | 'revision' | 'spec'>

/**
 * The exposures that were applied on a node, each with the endpoints applied last under it, in a directory: NNNNNN.yaml is the
 * spec, NNNNNN.json the entry, written once the spec is applied. So an apply that was killed leaves a spec without an entry,
 * which the next one replaces. The newest spec is what was applied last, endpoints included. Whoever writes holds the lock of
 * the pin directory.
 */
export class History {
  readonly #files: HistoryDirectory
  /** Revisions of entries that have none of their own, by the hash of their spec. */
  readonly #revisions = new Map<string, string>()

  constructor(directory: string) {
    this.#files = new HistoryDirectory(directory)
  }

  get directory(): string {
    return this.#files.path
  }

  /** Oldest first; empty when there is no directory. A damaged entry is a failure (exit 4). */
  entries(): Entry[] {
    return withoutRepeats(this.#files.numbers('json').map(number => this.#read(number)))
  }

  specPath({ sequence }: Entry): string {
    return this.#files.file(sequence, 'yaml')
  }

  /** The spec of an entry, in its canonical text; a failure (exit 4) when the file is not what was written. */
  specText(entry: Entry): string {
    const text = this.#files.read(entry.sequence, 'yaml')
    if (hash('sha256', text) === entry.spec) return text
    const message = `${this.specPath(entry)} is no longer the spec of revision ${shortRevision(entry.revision)}: it was changed`
    throw failure(EXIT.nodeNotReady, 'damaged-history', message, 'remove it, or apply another revision')
  }

  /**
   * Writes the canonical text of a spec for an entry to come. A directory that cannot be written is a failure (exit 4), so this
   * comes before anything is programmed. `commit` writes the entry, and removes the oldest and the one that it repeats.
   */
  prepare(text: string): { commit(facts: Facts): Entry } {
    const sequence = (this.#files.numbers('json').at(-1) ?? 0) + 1
    this.#files.write(sequence, 'yaml', text)
    const hashes = { revision: hash('sha256', exposurePart(text)), spec: hash('sha256', text) }
    return {
      commit: facts => {
        const entry = { sequence, ...hashes, ...facts }
        this.#files.write(sequence, 'json', printEntry(entry))
        this.prune()
        return entry
      },
    }
  }

  /** Fails (exit 4) where `prepare` would, and changes nothing. */
  tryPreparing(text: string): void {
    this.#files.tryWriting(text)
  }

  /** Reads the entries one by one, the newest first, each with its spec; a reader fails (exit 4) where either is damaged. */
  newestFirst(): (() => { entry: Entry; text: string })[] {
    return this.#files
      .numbers('json')
      .toReversed()
      .map(number => () => {
        const entry = this.#read(number)
        return { entry, text: this.specText(entry) }
      })
  }

  /** Is there a spec later than all entries: did an apply break off? */
  hasUnfinished(): boolean {
    const newest = this.#files.numbers('json').at(-1) ?? 0
    return (this.#files.numbers('yaml').at(-1) ?? 0) > newest
  }

  /** Removes all that a history consists of, and the directory unless it holds something else. */
  remove(): Removed {
    return this.#files.remove()
  }

  /** Removes the oldest entries, those that a later one repeats, and what was never committed or was cut off by a crash. */
  prune(): void {
    const kept = new Set<number>()
    let bytes = 0
    for (const number of this.#distinct().reverse()) {
      bytes += this.#files.size(number, 'yaml')
      if (kept.size === KEPT || (kept.size >= LEAST && bytes > MOST_BYTES)) break
      kept.add(number)
    }
    this.#files.keepOnly(kept)
  }

  /** The numbers of all entries but repeated ones. All, when one of them is damaged. */
  #distinct(): number[] {
    try {
      return this.entries().map(entry => entry.sequence)
    } catch (error) {
      if (error instanceof Failure) return this.#files.numbers('json')
      throw error
    }
  }

  #read(number: number): Entry {
    const path = this.#files.file(number, 'json')
    const { value, diagnostics } = parseEntry(this.#files.read(number, 'json'), path)
    if (value === undefined || hasErrors(diagnostics)) throw new Failure(EXIT.nodeNotReady, diagnostics)
    if (value.sequence !== number)
      throw new Failure(EXIT.nodeNotReady, [damaged(path, 2, `"sequence" is ${value.sequence}`)])
    return { ...value, revision: value.revision ?? this.#revisionOf(value) }
  }

  /** The revision of an entry of 0.1.0: from its spec. When that is missing or changed, nothing has its revision. */
  #revisionOf({ sequence, spec }: StoredEntry): string {
    const known = this.#revisions.get(spec)
    if (known !== undefined) return known
    const text = this.#files.size(sequence, 'yaml') > 0 ? this.#files.read(sequence, 'yaml') : ''
    const revision = hash('sha256', text) === spec ? hash('sha256', exposurePart(text)) : spec
    this.#revisions.set(spec, revision)
    return revision
  }
}
