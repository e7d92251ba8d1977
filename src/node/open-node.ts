import { hash } from 'node:crypto'
import { readFileSync, rmdirSync } from 'node:fs'
import { EXIT } from '../base/exit.ts'
import { failure } from '../base/failure.ts'
import { programsBelow } from '../bpf/attached.ts'
import type { Bpf } from '../bpf/bpf.ts'
import { Bpftool } from '../bpf/bpftool.ts'
import { listObject } from '../bpf/connected.ts'
import { readableMaps } from '../bpf/generation.ts'
import { inspect, type NodeState } from '../bpf/inspect.ts'
import { requireOneCgroup } from '../bpf/one-cgroup.ts'
import { requireNoUnmanagedPins } from '../bpf/pins.ts'
import { LISTS } from '../bpf/programs.ts'
import { startReading } from '../bpf/read-image.ts'
import { emptyImage, type Image } from '../datapath/image.ts'
import { type Lock, lock } from '../host/lock.ts'
import { cgroup2Root } from '../host/mounts.ts'
import { requireNode } from '../host/preflight.ts'

/** The node's side of an apply: where things are, and what they hold now. */
export interface Target {
  pinDir: string
  cgroup: string
  /** Path of the compiled object that this build ships. */
  object: string
}

/** A node opened for reading, or for writing when `lock` is there. */
export interface OpenNode {
  target: Target
  bpftool: Bpf
  state: NodeState
  /** SHA-256 of the shipped objects, in hex. */
  programs: string
  /**
   * What the current generation's maps hold; empty when there is none, undefined when they cannot be read as an image.
   * The dumps run while the caller works.
   */
  observed: () => Promise<Image | undefined>
  close(): Promise<void>
}

/**
 * Checks that the node can be worked on, takes the lock when `lockSeconds` is given, looks at what is there and
 * starts to read the maps. Whatever it refuses is exit 4, before anything was changed.
 */
export async function openNode(target: Target, lockSeconds?: number): Promise<OpenNode> {
  requireNode(target.pinDir, target.cgroup)
  const programs = hashOfPrograms(target.object)
  let bpftool = new Bpftool()
  await bpftool.requireVersion()
  let held: Lock | undefined
  if (lockSeconds !== undefined) {
    held = await lock(target.pinDir, lockSeconds)
    bpftool = bpftool.under(held)
  }
  const close = async () => {
    if (held) removeIfEmpty(target.pinDir)
    await held?.release()
  }
  try {
    const state = held ? await inspectOurs(bpftool, target) : await inspect(bpftool, target.pinDir, target.cgroup)
    return { target, bpftool, state, programs, observed: startObserving(bpftool, state), close }
  } catch (error) {
    await close()
    throw error
  }
}

/** Inspects a node that is to be changed: refuses (exit 4) where something of others is among ours. */
export async function inspectOurs(
  bpftool: Bpf,
  { pinDir, cgroup }: Pick<Target, 'pinDir' | 'cgroup'>,
): Promise<NodeState> {
  const state = await inspect(bpftool, pinDir, cgroup)
  requireOurs(state)
  return state
}

/** Refuses (exit 4) where something of others is among what is pinned here. */
export function requireOurs({ generations }: NodeState): void {
  requireNoUnmanagedPins(generations.map(generation => generation.pins))
}

/** Refuses (exit 4) to build or unpin while something of ours is attached elsewhere. Walks through all cgroups. */
export async function requireNowhereElse(
  bpftool: Bpf,
  state: NodeState,
  { pinDir, cgroup }: Pick<Target, 'pinDir' | 'cgroup'>,
): Promise<void> {
  requireOneCgroup(await programsBelow(bpftool, cgroup2Root()), state, pinDir, cgroup)
}

function startObserving(bpftool: Bpf, { current }: NodeState): OpenNode['observed'] {
  if (!current) return async () => emptyImage()
  const maps = readableMaps(current)
  return maps ? startReading(bpftool, maps) : async () => undefined
}

/** An apply that was refused leaves no directory behind. */
function removeIfEmpty(directory: string): void {
  try {
    rmdirSync(directory)
  } catch {
    // It is in use.
  }
}

/** SHA-256 of the shipped objects, in hex: what a revision names its programs by. Exit 4 when one is missing. */
export function hashOfPrograms(object: string): string {
  const objects = [object, ...LISTS.map(name => listObject(object, name))]
  return hash('sha256', Buffer.concat(objects.map(readObject)))
}

function readObject(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch {
    throw failure(EXIT.nodeNotReady, 'no-object', `the compiled programs are missing: ${path}`, 'run make build')
  }
}
