// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeDirectory } from '../../host/make-directory.ts'
import { requirePrivateDirectory } from '../../host/private-directory.ts'
import { replaceFile } from '../../host/replace-file.ts'
import { REVIEWED_EXPOSURE } from '../../node/history/directory.ts'
import { parseSpecFile } from '../../spec/parse.ts'
import { printExposureYaml } from '../../spec/print.ts'
import type { Spec } from '../../spec/spec.ts'
import type { Log } from '../log.ts'

/** The last good exposure on the disk, beside the checkpoint: an agent that starts without its source begins with it. */
export class SavedExposure {
  readonly #directory: string

  /** `directory`: that of the checkpoint. */
  constructor(directory: string) {
    this.#directory = directory
  }

  /** undefined when there is none; one that cannot be read is logged. */
  read(log: Log): Spec | undefined {
    try {
      requirePrivateDirectory(this.#directory, 'state directory')
      const { value, diagnostics } = parseSpecFile(readFileSync(this.#path, 'utf8'), this.#path)
      if (!value) log('warning', `${this.#path} is passed over: ${diagnostics[0]?.message}`)
      return value?.spec
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      if (code !== 'ENOENT') log('warning', `${this.#path} is passed over: ${message}`)
      return undefined
    }
  }

  /** What the disk refuses is logged: what serves is not touched by it. */
  write(exposure: Spec, log: Log): void {
    try {
      makeDirectory(this.#directory, 0o700)
      requirePrivateDirectory(this.#directory, 'state directory')
      replaceFile(this.#path, printExposureYaml(exposure), 0o600)
    } catch (error) {
      const hint = 'after a restart without its source, an agent begins with the exposure before'
      log('warning', `the reviewed exposure cannot be kept: ${(error as Error).message}`, { hint })
    }
  }

  get #path(): string {
    return join(this.#directory, REVIEWED_EXPOSURE)
  }
}
