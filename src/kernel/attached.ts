import { EXIT } from '../base/exit.ts'
import { failure } from '../base/failure.ts'
import type { Bpftool } from './bpftool.ts'
import type { NodeState } from './inspect.ts'

export interface AttachedProgram {
  id: number
  /** As bpftool names it, for example `cgroup_inet4_connect`. */
  hook: string
  name: string
}

/** Everything attached to the cgroup itself (not to its parents). */
export async function programsAt(bpftool: Bpftool, cgroup: string): Promise<AttachedProgram[]> {
  const { output, error } = await bpftool.run('cgroup', 'show', cgroup)
  if (error !== undefined) {
    const message = `the programs of ${cgroup} cannot be read: ${error}`
    throw failure(EXIT.nodeNotReady, 'cgroup-unreadable', message, 'give a cgroup2 directory by --cgroup')
  }
  // With no program attached bpftool prints nothing at all.
  if (!Array.isArray(output)) return []
  return output.map(p => ({ id: p.id, hook: String(p.attach_type), name: String(p.name) }))
}

/**
 * Refuses (exit 4) to go on when a program that is pinned here is attached to another cgroup: unpinning it would leave
 * it there for good, with maps that nobody writes any more.
 */
export async function requireOneCgroup(
  bpftool: Bpftool,
  { generations }: NodeState,
  pinDir: string,
  cgroup: string,
): Promise<void> {
  const here = new Set(generations.flatMap(g => g.attached.map(a => a.id)))
  const idle = new Set(generations.flatMap(g => [...g.programs.values()]).filter(id => !here.has(id)))
  if (idle.size === 0) return
  const { output } = await bpftool.run('cgroup', 'tree')
  const tree = Array.isArray(output) ? (output as { cgroup?: string; programs?: { id?: number }[] }[]) : []
  const other = tree.find(c => c.cgroup !== cgroup && c.programs?.some(p => idle.has(p.id ?? -1)))
  if (!other) return
  const message = `the programs under ${pinDir} are attached to ${other.cgroup}, not to ${cgroup}`
  throw failure(EXIT.nodeNotReady, 'other-cgroup', message, `give --cgroup ${other.cgroup}, or another --pin-dir`)
}
