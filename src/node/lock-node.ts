// SPDX-License-Identifier: Apache-2.0
import { rmdirSync } from 'node:fs'
import type { Bpf } from '../bpf/bpftool/bpf.ts'
import { Bpftool } from '../bpf/bpftool/bpftool.ts'
import { lock } from '../host/lock.ts'
import { type ObservedNode, observe } from './inspect-node.ts'
import { requireLocation } from './require-location.ts'
import { inspectOurs } from './require-ours.ts'
import { hashOfPrograms } from './shipped-programs.ts'
import type { Target } from './target.ts'

/** A node that nothing else changes meanwhile, until it is released. */
export interface LockedNode extends ObservedNode, AsyncDisposable {
  /** Releases the lock, as disposing of it does. Either may come first. */
  release(): Promise<void>
}

/**
 * Checks the machine, takes the lock of the pin directory (waiting up to `seconds`), inspects what is pinned and attached,
 * and starts to dump the maps. Refuses (exit 4) before anything is changed.
 */
export async function lockNode(target: Target, seconds: number): Promise<LockedNode> {
  requireLocation(target)
  const programs = hashOfPrograms(target.object)
  const locked = await lockPins(target.pinDir, seconds)
  let isHeld = true
  const release = async () => {
    if (!isHeld) return
    isHeld = false
    removeEmpty([target.pinDir, ...locked.made.toReversed()])
    await locked[Symbol.asyncDispose]()
  }
  try {
    const state = await inspectOurs(locked.bpf, target)
    return { ...observe(target, programs, locked.bpf, state), release, [Symbol.asyncDispose]: release }
  } catch (error) {
    await release()
    throw error
  }
}

/** The lock of a pin directory, and a bpftool whose processes hold it too. */
interface LockedPins extends AsyncDisposable {
  bpf: Bpf
  /** The directories that were made for it, the innermost last. */
  made: readonly string[]
}

/** Takes the lock of a pin directory, which it makes if need be. Exit 4 when another process keeps it. */
export async function lockPins(pinDir: string, seconds: number): Promise<LockedPins> {
  const bpftool = new Bpftool()
  await bpftool.requireVersion()
  const held = await lock(pinDir, seconds)
  return { bpf: bpftool.under(held), made: held.made, [Symbol.asyncDispose]: async () => held.release() }
}

/** An apply that was refused, and a dry run, leave no directory behind. */
function removeEmpty(directories: readonly string[]): void {
  for (const directory of directories) {
    try {
      rmdirSync(directory)
    } catch {
      // It is in use, or was removed before.
    }
  }
}
