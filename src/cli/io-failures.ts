// SPDX-License-Identifier: Apache-2.0
import { EXIT } from '../base/exit.ts'
import { type Failure, failure } from '../base/failure.ts'

/** A file that cannot be read (exit 3). */
export function cannotRead(name: string, error: unknown): Failure {
  return failure(EXIT.invalidInput, 'cannot-read', `${name} cannot be read: ${reasonOf(error)}`)
}

/** A file or stream that cannot be written (exit 3). */
export function cannotWrite(name: string, error: unknown): Failure {
  return failure(EXIT.invalidInput, 'cannot-write', `${name} cannot be written: ${reasonOf(error)}`)
}

const REASONS: Record<string, string> = {
  ENOENT: 'there is no such file',
  EACCES: 'permission denied',
  EISDIR: 'it is a directory',
  ENOTDIR: 'a part of its path is not a directory',
  ENOSPC: 'no space is left on the device',
}

/** Why the system refused, in a few words. */
export function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  return REASONS[code ?? ''] ?? message
}
