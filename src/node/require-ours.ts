// SPDX-License-Identifier: Apache-2.0
import type { Bpf } from '../bpf/bpftool/bpf.ts'
import { inspect } from '../bpf/generation/inspect.ts'
import type { NodeState } from '../bpf/generation/node-state.ts'
import { requireNoUnmanagedPins } from '../bpf/generation/pins.ts'
import { programsBelow } from '../bpf/hooks/attached.ts'
import { requireOneCgroup } from '../bpf/hooks/one-cgroup.ts'
import { topCgroup } from '../host/cgroups.ts'
import type { Location } from './target.ts'

/**
 * Inspects the pins and the cgroup of a location. Refuses (exit 4) a cgroup to which nothing of a generation is attached while
 * its programs serve another one: every command says so in the same words. Reads only; walks all cgroups only to find out.
 */
export async function inspectHere(bpf: Bpf, location: Location): Promise<NodeState> {
  const state = await inspect(bpf, location.pinDir, location.cgroup)
  if (state.generations.some(({ attached }) => attached.length === 0)) await requireNowhereElse(bpf, state, location)
  return state
}

/** Inspects a node that is to be changed. Refuses (exit 4) when the pin directory holds unmanaged pins. */
export async function inspectOurs(bpf: Bpf, location: Location): Promise<NodeState> {
  const state = await inspectHere(bpf, location)
  requireOurs(state)
  return state
}

/** Refuses (exit 4) a pin directory that holds unmanaged pins. */
export function requireOurs({ generations }: NodeState): void {
  requireNoUnmanagedPins(generations.map(generation => generation.pins))
}

/** Refuses (exit 4) to build or unpin while programs of these pins are attached to another cgroup. Walks all cgroups. */
export async function requireNowhereElse(bpf: Bpf, state: NodeState, { pinDir, cgroup }: Location): Promise<void> {
  requireOneCgroup(await programsBelow(bpf, topCgroup()), state, pinDir, cgroup)
}
