import { programsBelow } from '../bpf/attached.ts'
import type { Bpf } from '../bpf/bpf.ts'
import { inspect, type NodeState } from '../bpf/inspect.ts'
import { requireOneCgroup } from '../bpf/one-cgroup.ts'
import { requireNoUnmanagedPins } from '../bpf/pins.ts'
import { cgroup2Root } from '../host/mounts.ts'
import type { Target } from './target.ts'

/** Where pins and programs are; all that an inspection needs. */
export type Hooks = Pick<Target, 'pinDir' | 'cgroup'>

/** Inspects a node that is to be changed. Refuses (exit 4) when the pin directory holds unmanaged pins. */
export async function inspectOurs(bpftool: Bpf, { pinDir, cgroup }: Hooks): Promise<NodeState> {
  const state = await inspect(bpftool, pinDir, cgroup)
  requireOurs(state)
  return state
}

/** Refuses (exit 4) a pin directory that holds unmanaged pins. */
export function requireOurs({ generations }: NodeState): void {
  requireNoUnmanagedPins(generations.map(generation => generation.pins))
}

/** Refuses (exit 4) to build or unpin while programs of these pins are attached to another cgroup. Walks all cgroups. */
export async function requireNowhereElse(bpftool: Bpf, state: NodeState, { pinDir, cgroup }: Hooks): Promise<void> {
  requireOneCgroup(await programsBelow(bpftool, cgroup2Root()), state, pinDir, cgroup)
}
