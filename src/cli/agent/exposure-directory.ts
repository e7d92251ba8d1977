// SPDX-License-Identifier: Apache-2.0

import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { error, type Result } from '../../base/diagnostic.ts'
import { Failure } from '../../base/failure.ts'
import { isDirectory } from '../../host/existing.ts'
import { INDEX_FILE, isPartName } from '../../spec/directory/index-file.ts'
import type { Spec } from '../../spec/spec.ts'
import { parseInput, readSpecInput } from '../input/spec-input.ts'

/** How often the directory is looked at, in milliseconds: a ConfigMap that is mounted changes by a link. */
const LOOK_MS = 1000

/**
 * Offers the exposure in a directory, and offers it again when a file of it changed, until `signal` is aborted. A directory is written file by
 * file, its index last: one that is not whole is offered, with its mistakes, when the next look finds the same.
 */
export async function watchExposure(
  path: string,
  offer: (exposure: Result<Spec>) => void,
  signal: AbortSignal,
): Promise<void> {
  let seen: string | undefined
  let isSettled = false
  while (!signal.aborted) {
    const stamp = stampOf(path)
    if (stamp !== seen || !isSettled) {
      const result = await read(path)
      isSettled = result.value !== undefined || stamp === seen
      if (isSettled) offer(result)
      seen = stamp
    }
    await sleep(LOOK_MS, undefined, { signal }).catch(() => {})
  }
}

async function read(path: string): Promise<Result<Spec>> {
  if (!isDirectory(path)) {
    const hint = 'balancing split writes such a directory'
    return { value: undefined, diagnostics: [error('no-directory', `${path} is no directory`, { hint })] }
  }
  try {
    const { value, diagnostics } = parseInput(await readSpecInput(path), true)
    return { value: value?.spec, diagnostics }
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return { value: undefined, diagnostics: [...error.diagnostics] }
  }
}

/** Changes with every file of the directory. Links are followed. */
function stampOf(path: string): string {
  try {
    const names = readdirSync(path).filter(name => name === INDEX_FILE || isPartName(name))
    return names.map(name => `${name} ${stampOfFile(join(path, name))}`).join('\n')
  } catch {
    return 'none'
  }
}

function stampOfFile(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false })
  return found ? `${found.ino} ${found.size} ${found.mtimeMs}` : 'none'
}
