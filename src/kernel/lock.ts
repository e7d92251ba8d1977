import { type ChildProcessByStdio, spawn } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import { EXIT } from '../base/exit.ts'
import { failure } from '../base/failure.ts'

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

/** Waits up to `seconds` for the lock; another holder after that is exit 4. */
export async function lock(directory: string, seconds: number): Promise<Lock> {
  const child = spawn('flock', ['-x', '-w', String(seconds), directory, 'cat'], { stdio: ['pipe', 'pipe', 'ignore'] })
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('exit', resolve)
    child.once('error', reject)
  })
  child.stdin.on('error', () => {})
  child.stdin.write('held\n')
  const held = await Promise.race([firstByte(child), ended.then(() => false)])
  if (!held) {
    const message = `another balancing is working on ${directory} and did not finish within ${seconds} s`
    throw failure(EXIT.nodeNotReady, 'locked', message, 'wait for it, or give a longer --lock-timeout')
  }
  return {
    holder: child.stdin,
    release: async () => {
      child.stdin.end()
      await ended
    },
  }
}

/** `cat` echoes what we wrote only after flock started it, so the first byte means that the lock is ours. */
function firstByte(child: ChildProcessByStdio<Writable, Readable, null>): Promise<boolean> {
  return new Promise(resolve => child.stdout.once('data', () => resolve(true)))
}
