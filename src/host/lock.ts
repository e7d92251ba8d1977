import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { mkdirSync, statSync } from 'node:fs'
import type { Readable, Writable } from 'node:stream'
import { EXIT } from '../base/exit.ts'
import { type Failure, failure } from '../base/failure.ts'

/**
 * An exclusive lock on a pin directory. It is held by a `flock … cat` child for as long as the write end of its
 * input pipe is open: when we end, however we end, and with us every child that was given `holder`, the pipe
 * closes and the lock is free. So nothing can be left locked, and no file is left over.
 */
export interface Lock {
  /** Give this to a child's stdio and the lock lasts until that child has ended too. */
  readonly holder: Writable
  release(): Promise<void>
}

/**
 * Makes the directory if need be and locks it; waits up to `seconds`, and another holder after that is exit 4. The
 * holder before us may have removed the directory (cleanup): then it is made and locked anew.
 */
export async function lock(directory: string, seconds: number): Promise<Lock> {
  for (;;) {
    const before = makeDirectory(directory)
    const held = await hold(directory, seconds)
    if (held && inodeOf(directory) === before) return held
    await held?.release()
  }
}

/** The inode number of the directory, which exists after this. */
function makeDirectory(directory: string): number | undefined {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    return inodeOf(directory)
  } catch (error) {
    const message = `the pin directory ${directory} cannot be made: ${(error as Error).message}`
    throw failure(EXIT.nodeNotReady, 'no-pin-dir', message, 'give another --pin-dir (bpffs allows no dots in names)')
  }
}

function inodeOf(directory: string): number | undefined {
  return statSync(directory, { throwIfNoEntry: false })?.ino
}

/** Undefined when the directory went away before it could be locked. */
async function hold(directory: string, seconds: number): Promise<Lock | undefined> {
  const child = spawn('flock', ['-x', '-w', String(seconds), directory, 'cat'], { stdio: ['pipe', 'pipe', 'pipe'] })
  const complaint: Buffer[] = []
  child.stderr.on('data', chunk => complaint.push(chunk))
  const ended = new Promise<Error | number | null>(resolve => {
    child.once('close', resolve)
    child.once('error', resolve)
  })
  child.stdin.on('error', () => {})
  child.stdin.write('held\n')
  const first = await Promise.race([firstByte(child), ended])
  if (first !== 'held' && inodeOf(directory) === undefined) return undefined
  if (first !== 'held') throw notHeld(directory, seconds, first, Buffer.concat(complaint).toString().trim())
  return {
    holder: child.stdin,
    release: async () => {
      child.stdin.end()
      await ended
    },
  }
}

/** flock is silent when the time is over, and says everything else. */
function notHeld(directory: string, seconds: number, end: Error | number | null, complaint: string): Failure {
  if (end instanceof Error) {
    return failure(EXIT.nodeNotReady, 'no-flock', `flock cannot be started: ${end.message}`, 'install util-linux')
  }
  if (complaint !== '') return failure(EXIT.nodeNotReady, 'not-locked', `${directory} cannot be locked: ${complaint}`)
  const message = `another balancing is working on ${directory} and did not finish within ${seconds} s`
  return failure(EXIT.nodeNotReady, 'locked', message, 'wait for it, or give a longer --lock-timeout')
}

/** `cat` echoes what we wrote only after flock started it, so the first byte means that the lock is ours. */
function firstByte(child: ChildProcessByStdio<Writable, Readable, Readable>): Promise<'held'> {
  return new Promise(resolve => child.stdout.once('data', () => resolve('held')))
}
