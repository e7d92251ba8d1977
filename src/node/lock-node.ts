// SPDX-License-Identifier: Apache-2.0
import { rmdirSync } from 'node:fs'
import type { Bpf } from '../bpf/bpftool/bpf.ts'
import { Bpftool } from '../bpf/bpftool/bpftool.ts'
import { ResidentBpftool } from '../bpf/bpftool/resident-bpftool.ts'
import type { NodeState } from '../bpf/generation/node-state.ts'
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
  bpf: Bpftool
  /** The directories that were made for it, the innermost last. */
  made: readonly string[]
  /** See Lock. */
  isCurrent(): boolean
}

/** Takes the lock of a pin directory, which it makes if need be. Exit 4 when another process keeps it. */
export async function lockPins(pinDir: string, seconds: number): Promise<LockedPins> {
  const bpftool = new Bpftool()
  await bpftool.requireVersion()
  const held = await lock(pinDir, seconds)
  const { made, isCurrent } = held
  return { bpf: bpftool.under(held), made, isCurrent, [Symbol.asyncDispose]: async () => held.release() }
}

/** A node that this process keeps locked as long as it runs. Disposing of it releases the lock and leaves what serves. */
export interface HeldNode extends AsyncDisposable {
  target: Target
  /** Small writes and lookups go to a resident process. */
  readonly bpf: Bpf
  /**
   * Inspects what is pinned and attached, and starts to dump the maps: what a use case takes. Its release does nothing. A pin directory
   * that was removed is made and locked anew; exit 4 when another process has that lock.
   */
  observe(): Promise<LockedNode>
  /** Inspects what is pinned and attached. */
  inspect(): Promise<NodeState>
}

/** Checks the machine and takes the lock of the pin directory for good. Refuses (exit 4), as lockNode does. */
export async function holdNode(target: Target, seconds: number): Promise<HeldNode> {
  requireLocation(target)
  let locked = await lockPins(target.pinDir, seconds)
  let bpf = new ResidentBpftool(locked.bpf)
  const inspect = () => inspectOurs(bpf, target)
  const lockAnew = async () => {
    const again = await lockPins(target.pinDir, seconds)
    await bpf.close()
    await locked[Symbol.asyncDispose]()
    locked = again
    bpf = new ResidentBpftool(locked.bpf)
  }
  return {
    target,
    get bpf() {
      return bpf
    },
    inspect,
    async observe() {
      if (!locked.isCurrent()) await lockAnew()
      const programs = hashOfPrograms(target.object)
      const release = async () => {}
      return { ...observe(target, programs, bpf, await inspect()), release, [Symbol.asyncDispose]: release }
    },
    async [Symbol.asyncDispose]() {
      await bpf.close()
      removeEmpty([target.pinDir, ...locked.made.toReversed()])
      await locked[Symbol.asyncDispose]()
    },
  }
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
