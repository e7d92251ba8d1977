import { statSync } from 'node:fs'
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
  return attachedIn(output)
}

/** With no program attached bpftool prints nothing at all. */
function attachedIn(output: unknown): AttachedProgram[] {
  if (!Array.isArray(output)) return []
  return output.map(p => ({ id: p.id, hook: String(p.attach_type), name: String(p.name) }))
}

/** A cgroup that has programs. */
export interface Attachments {
  cgroup: string
  programs: AttachedProgram[]
}

/** All cgroups that have programs. */
export async function programsEverywhere(bpftool: Bpftool): Promise<Attachments[]> {
  const { output } = await bpftool.run('cgroup', 'tree')
  if (!Array.isArray(output)) return []
  return output.map(c => ({ cgroup: String(c.cgroup), programs: attachedIn(c.programs) }))
}

/**
 * Refuses (exit 4) to go on when a program that is pinned here is attached to another cgroup: unpinning it would leave
 * it there for good, with maps that nobody writes any more; and calls that meet it twice forget what they dialled.
 */
export function requireOneCgroup(
  everywhere: readonly Attachments[],
  { generations }: NodeState,
  pinDir: string,
  cgroup: string,
): void {
  const ours = new Set(generations.flatMap(g => [...g.programs.values(), ...g.attached].map(p => p.id)))
  for (const { cgroup: other, programs } of everywhere) {
    const found = programs.find(p => ours.has(p.id))
    if (found && !isSame(other, cgroup)) throw elsewhere(found, other, generations, pinDir, cgroup)
  }
}

function elsewhere(
  { id, hook, name }: AttachedProgram,
  other: string,
  generations: NodeState['generations'],
  pinDir: string,
  cgroup: string,
) {
  if (generations.some(g => g.attached.some(a => a.id === id))) {
    const message = `the program ${name} under ${pinDir} is attached to ${other} too, not just to ${cgroup}`
    return failure(EXIT.nodeNotReady, 'attached-twice', message, `bpftool cgroup detach ${other} ${hook} id ${id}`)
  }
  const message = `the programs under ${pinDir} are attached to ${other}, not to ${cgroup}`
  return failure(EXIT.nodeNotReady, 'other-cgroup', message, `give --cgroup ${other}, or another --pin-dir`)
}

/** One cgroup has one inode number, whatever path leads to it. */
function isSame(a: string, b: string): boolean {
  return statSync(a, { throwIfNoEntry: false })?.ino === statSync(b, { throwIfNoEntry: false })?.ino
}
