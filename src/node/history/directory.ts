// SPDX-License-Identifier: Apache-2.0
import { randomUUID } from 'node:crypto'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { join, relative, sep } from 'node:path'
import { EXIT } from '../../base/exit.ts'
import { Failure, failure } from '../../base/failure.ts'
import { nearestExisting } from '../../host/existing.ts'
import { makeDirectory } from '../../host/make-directory.ts'
import { requirePrivateDirectory } from '../../host/private-directory.ts'
import { removeDirectory } from '../../host/remove-directory.ts'
import { replaceFile } from '../../host/replace-file.ts'

/** Files of a history: NNNNNN.yaml, NNNNNN.json, and either with .ID.tmp behind it, cut off by a crash. */
const OURS = /^(\d{6,})\.(json|yaml|(?:json|yaml)\.[0-9a-f-]+\.tmp)$/

/** Where the agent answers whose checkpoint the history is. */
export const AGENT_SOCKET = 'agent.sock'
/** The last good exposure that an agent took from its source. */
export const REVIEWED_EXPOSURE = 'reviewed.yaml'
/** Why an agent takes no other one. */
export const EXPOSURE_HOLD = 'hold.json'
const OF_AGENT: readonly string[] = [AGENT_SOCKET, REVIEWED_EXPOSURE, EXPOSURE_HOLD]

const WHAT = 'state directory'

type Kind = 'json' | 'yaml'

/** What became of a directory: `emptied` of what is balancing's, it stays; `none`: there was nothing to remove. */
export type Removed = 'removed' | 'emptied' | 'none'

/** The directory of a history: numbered files. What the file system refuses is a failure (exit 4). */
export class HistoryDirectory {
  readonly path: string

  constructor(path: string) {
    this.path = path
  }

  /** The numbers of all files of a kind, ascending. None when there is no directory. */
  numbers(kind: Kind): number[] {
    const names = this.#files().filter(name => OURS.exec(name)?.[2] === kind)
    return names.map(name => Number.parseInt(name, 10)).sort((a, b) => a - b)
  }

  file(number: number, kind: Kind): string {
    return join(this.path, `${String(number).padStart(6, '0')}.${kind}`)
  }

  read(number: number, kind: Kind): string {
    const path = this.file(number, kind)
    return attempt(`read ${path}`, () => readFileSync(path, 'utf8'))
  }

  /** In bytes; 0 for a file that is missing. */
  size(number: number, kind: Kind): number {
    return statSync(this.file(number, kind), { throwIfNoEntry: false })?.size ?? 0
  }

  write(number: number, kind: Kind, text: string): void {
    attempt(`write to ${this.path}`, () => {
      makeDirectory(this.path, 0o700)
      requirePrivateDirectory(this.path, WHAT)
      replaceFile(this.file(number, kind), text, 0o600)
    })
  }

  /** Fails as `write` would, and changes nothing: a text is written under a name that a crash may leave, or a directory is made, and removed. */
  tryWriting(text: string): void {
    attempt(`write to ${this.path}`, () => {
      requirePrivateDirectory(this.path, WHAT)
      const folder = nearestExisting(this.path)
      if (folder === this.path) {
        const trial = `${this.file(0, 'yaml')}.${randomUUID()}.tmp`
        writeFileSync(trial, text, { mode: 0o600, flag: 'wx' })
        unlinkSync(trial)
      } else {
        const missing = join(folder, relative(folder, this.path).split(sep)[0]!)
        // What is there all the same is a link to nothing, and making it fails.
        const isThere = lstatSync(missing, { throwIfNoEntry: false }) !== undefined
        const trial = isThere ? missing : join(folder, `.balancing-${randomUUID()}`)
        inPlaceOf(missing, trial, () => mkdirSync(trial, { mode: 0o700 }))
        rmdirSync(trial)
      }
    })
  }

  /** Removes the files of all other numbers, and those that a crash cut off. */
  keepOnly(numbers: ReadonlySet<number>): void {
    attempt(`write to ${this.path}`, () => {
      for (const name of this.#files()) {
        const number = Number(OURS.exec(name)?.[1])
        const isWanted = numbers.has(number) && !name.endsWith('.tmp')
        if (!Number.isNaN(number) && !isWanted) unlinkSync(join(this.path, name))
      }
    })
  }

  /** Removes all files of the history, and the directory unless it holds something else or is a mount point. */
  remove(): Removed {
    return attempt(`remove ${this.path}`, () => {
      const wasThere = existsSync(this.path)
      const ours = this.#files().filter(name => OURS.test(name) || isOfAgent(name))
      for (const name of ours) unlinkSync(join(this.path, name))
      if (this.#files().length === 0 && removeDirectory(this.path)) return wasThere ? 'removed' : 'none'
      return ours.length > 0 ? 'emptied' : 'none'
    })
  }

  #files(): string[] {
    return attempt(`read ${this.path}`, () => {
      try {
        requirePrivateDirectory(this.path, WHAT)
        return readdirSync(this.path)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
        throw error
      }
    })
  }
}

/** A file of the agent, or one with .ID.tmp behind it, cut off by a crash. */
function isOfAgent(name: string): boolean {
  return OF_AGENT.includes(name.replace(/\.[0-9a-f-]+\.tmp$/, ''))
}

/** Makes a trial; a failure names the path that the trial stands for. */
function inPlaceOf(path: string, trial: string, make: () => void): void {
  try {
    make()
  } catch (error) {
    throw new Error((error as Error).message.replaceAll(trial, path))
  }
}

function attempt<T>(task: string, action: () => T): T {
  try {
    return action()
  } catch (error) {
    if (error instanceof Failure) throw error
    const message = `balancing cannot ${task}: ${(error as Error).message}`
    throw failure(EXIT.nodeNotReady, 'no-history', message, 'give another --state-dir')
  }
}
