import { EXIT } from '../../base/exit.ts'
import { type Failure, failure } from '../../base/failure.ts'

export function cannotRead(name: string, error: unknown): Failure {
  return failure(EXIT.invalidInput, 'cannot-read', `${name} cannot be read: ${reason(error)}`)
}

export function cannotWrite(name: string, error: unknown): Failure {
  return failure(EXIT.invalidInput, 'cannot-write', `${name} cannot be written: ${reason(error)}`)
}

const REASONS: Record<string, string> = {
  ENOENT: 'there is no such file',
  EACCES: 'permission denied',
  EISDIR: 'it is a directory',
  ENOTDIR: 'its folder is not a directory',
  ENOSPC: 'no space is left',
}

function reason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  return REASONS[code ?? ''] ?? message
}
