// SPDX-License-Identifier: Apache-2.0
import { statSync } from 'node:fs'
import { EXIT } from '../../base/exit.ts'
import { failure } from '../../base/failure.ts'
import type { NodeState } from '../generation/node-state.ts'
import type { AttachedProgram } from './attached.ts'

/**
 * Refuses (exit 4) to go on when a program that is pinned here is attached to another cgroup: unpinning it would leave
 * it there for good, with maps that are no longer updated; and a call that passes it twice loses its original destination.
 */
export function requireOneCgroup(
  everywhere: ReadonlyMap<string, readonly AttachedProgram[]>,
  { generations }: NodeState,
  pinDir: string,
  cgroup: string,
): void {
  const ours = new Set(generations.flatMap(g => [...g.programs.values(), ...g.attached].map(p => p.id)))
  for (const [other, programs] of everywhere) {
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
