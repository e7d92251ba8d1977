import type { Bpf } from '../bpf/bpftool/bpf.ts'
import { inspect, type NodeState } from '../bpf/generation/inspect.ts'
import { requireNoUnmanagedPins } from '../bpf/generation/pins.ts'
import { programsBelow } from '../bpf/hooks/attached.ts'
import { requireOneCgroup } from '../bpf/hooks/one-cgroup.ts'
import { cgroup2Root } from '../host/mounts.ts'
import type { Location } from './target.ts'

/** Inspects a node that is to be changed. Refuses (exit 4) when the pin directory holds unmanaged pins. */
export async function inspectOurs(bpf: Bpf, { pinDir, cgroup }: Location): Promise<NodeState> {
  const state = await inspect(bpf, pinDir, cgroup)
  requireOurs(state)
  return state
}

/** Refuses (exit 4) a pin directory that holds unmanaged pins. */
export function requireOurs({ generations }: NodeState): void {
  requireNoUnmanagedPins(generations.map(generation => generation.pins))
}

/** Refuses (exit 4) to build or unpin while programs of these pins are attached to another cgroup. Walks all cgroups. */
export async function requireNowhereElse(bpf: Bpf, state: NodeState, { pinDir, cgroup }: Location): Promise<void> {
  requireOneCgroup(await programsBelow(bpf, cgroup2Root()), state, pinDir, cgroup)
}
