// SPDX-License-Identifier: Apache-2.0
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { EXIT } from '../../base/exit.ts'
import { failure } from '../../base/failure.ts'
import { makeDirectory } from '../../host/make-directory.ts'
import { requirePrivateDirectory } from '../../host/private-directory.ts'
import { replaceFile } from '../../host/replace-file.ts'
import { EXPOSURE_HOLD } from '../../node/history/directory.ts'
import { type Hold, parseHold, printHold } from './hold.ts'

/** The hold on the disk, beside the checkpoint: it outlives the agent and a reboot. */
export class SavedHold {
  readonly #directory: string

  /** `directory`: that of the checkpoint. */
  constructor(directory: string) {
    this.#directory = directory
  }

  /** undefined when there is none. A file that cannot be read is a hold: what an operator froze stays so. */
  read(): Hold | undefined {
    try {
      requirePrivateDirectory(this.#directory, 'state directory')
      const text = readFileSync(this.#path, 'utf8')
      return parseHold(text) ?? unreadable(this.#path)
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'ENOENT' ? undefined : unreadable(this.#path)
    }
  }

  /** undefined: there is no hold any more. What the disk refuses is a failure (exit 4): a restart would forget what was asked for. */
  write(hold: Hold | undefined): void {
    try {
      makeDirectory(this.#directory, 0o700)
      requirePrivateDirectory(this.#directory, 'state directory')
      if (hold) replaceFile(this.#path, printHold(hold), 0o600)
      else rmSync(this.#path, { force: true })
    } catch (error) {
      const message = `${this.#path} cannot be written: ${(error as Error).message}`
      throw failure(EXIT.nodeNotReady, 'cannot-write', message)
    }
  }

  get #path(): string {
    return join(this.#directory, EXPOSURE_HOLD)
  }
}

function unreadable(path: string): Hold {
  return { since: '1970-01-01T00:00:00.000Z', by: 'unknown', reason: `${path} cannot be read` }
}
