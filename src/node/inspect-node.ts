// SPDX-License-Identifier: Apache-2.0
import type { Bpf } from '../bpf/bpftool/bpf.ts'
import { Bpftool } from '../bpf/bpftool/bpftool.ts'
import { readableMaps } from '../bpf/generation/generation.ts'
import type { NodeState } from '../bpf/generation/node-state.ts'
import { startReading } from '../bpf/maps/read-image.ts'
import { emptyImage, type Image } from '../datapath/image.ts'
import { requireLocation } from './require-location.ts'
import { inspectHere } from './require-ours.ts'
import { hashOfPrograms } from './shipped-programs.ts'
import type { Target } from './target.ts'

/** A node as it was found: what is pinned and attached, and what the maps hold. Enough to read, not to write. */
export interface ObservedNode {
  target: Target
  bpf: Bpf
  state: NodeState
  /** SHA-256 of the programs that this build ships, in hex. */
  programs: string
  /**
   * What the current generation's maps hold; empty when there is none, undefined when they cannot be read as an image.
   * The dumps run while the caller works.
   */
  observed: () => Promise<Image | undefined>
}

/** Checks the machine (exit 4), inspects what is pinned and attached, and starts to dump the maps. Reads only. */
export async function inspectNode(target: Target): Promise<ObservedNode> {
  requireLocation(target)
  const programs = hashOfPrograms(target.object)
  const bpftool = new Bpftool()
  await bpftool.requireVersion()
  return observe(target, programs, bpftool, await inspectHere(bpftool, target))
}

/** Starts to dump the maps of a node that was inspected. */
export function observe(target: Target, programs: string, bpf: Bpf, state: NodeState): ObservedNode {
  return { target, bpf, state, programs, observed: startDump(bpf, state) }
}

function startDump(bpf: Bpf, { current }: NodeState): ObservedNode['observed'] {
  if (!current) return async () => emptyImage()
  const maps = readableMaps(current)
  return maps ? startReading(bpf, maps) : async () => undefined
}
