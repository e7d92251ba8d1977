// SPDX-License-Identifier: Apache-2.0
import { closeSync, fstatSync, openSync, statSync } from 'node:fs'
import { EXIT } from '../base/exit.ts'
import { type Failure, failure } from '../base/failure.ts'
import { type Ended, runChild } from './child.ts'
import { lockHolders } from './lock-holders.ts'
import { makeDirectory } from './make-directory.ts'
import { requirePrivateDirectory } from './private-directory.ts'

/**
 * An exclusive lock on a pin directory. The kernel keeps it as long as the open file behind `fd` is open: in this process,
 * and in every child that was given `fd`. So a killed apply leaves nothing locked, and no batch that runs unguarded.
 */
export interface Lock {
  readonly fd: number
  /** The directories that were made for it, the innermost last. */
  readonly made: readonly string[]
  /** Whether the directory is still the one that is locked: something else may have removed it. */
  isCurrent(): boolean
  release(): void
}

/**
 * Makes the directory if need be and locks it. Waits up to `seconds`, and refuses with exit 4 after that. The holder
 * before may have removed the directory (cleanup): then it is made and locked anew.
 */
export async function lock(directory: string, seconds: number): Promise<Lock> {
  const made: string[] = []
  for (;;) {
    const fd = openDirectory(directory, made)
    try {
      // Again: another user may have made it since the first look.
      requirePrivateDirectory(directory, 'pin directory')
      await acquire(fd, directory, seconds)
    } catch (error) {
      closeSync(fd)
      throw error
    }
    const isCurrent = () => fstatSync(fd).ino === statSync(directory, { throwIfNoEntry: false })?.ino
    if (isCurrent()) return { fd, made, isCurrent, release: () => closeSync(fd) }
    closeSync(fd)
  }
}

function openDirectory(directory: string, made: string[]): number {
  try {
    made.push(...makeDirectory(directory, 0o700))
    return openSync(directory, 'r')
  } catch (error) {
    const message = `the pin directory ${directory} cannot be made: ${(error as Error).message}`
    throw failure(EXIT.nodeNotReady, 'no-pin-dir', message, 'give another --pin-dir (bpffs allows no dots in names)')
  }
}

/** flock(1) locks the open file that it shares with us as descriptor 3: Node.js has no call for it. */
async function acquire(fd: number, directory: string, seconds: number): Promise<void> {
  const timeoutMs = (seconds + 30) * 1000
  const ended = await runChild('flock', ['-x', '-w', String(seconds), '3'], { held: fd, timeoutMs })
  if (ended.exitCode !== 0) throw notHeld(fd, directory, seconds, ended)
}

/** flock is silent when the time is over, and says everything else. */
function notHeld(
  fd: number,
  directory: string,
  seconds: number,
  { failure: reason, isMissing, stderr }: Ended,
): Failure {
  if (isMissing) return failure(EXIT.nodeNotReady, 'no-flock', reason!, 'install util-linux')
  const complaint = reason ?? stderr.trim()
  if (complaint !== '') return failure(EXIT.nodeNotReady, 'not-locked', `${directory} cannot be locked: ${complaint}`)
  const holders = lockHolders(fstatSync(fd).ino).map(({ pid, command }) => `process ${pid} (${command})`)
  const who = holders.length > 0 ? holders.join(', ') : 'a process that is not seen from here'
  const message = `another balancing is working on ${directory} and did not finish within ${seconds} s: ${who} ${holders.length > 1 ? 'hold' : 'holds'} the lock`
  const hint =
    'wait for it, or give a longer --lock-timeout; an agent keeps the lock until it ends; a child that does not answer is killed after two minutes'
  return failure(EXIT.nodeNotReady, 'locked', message, hint)
}
