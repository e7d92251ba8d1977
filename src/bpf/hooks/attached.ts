// SPDX-License-Identifier: Apache-2.0
import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { EXIT } from '../../base/exit.ts'
import { type Failure, failure } from '../../base/failure.ts'
import { fileSystemOf } from '../../host/mounts.ts'
import type { Bpf } from '../bpftool/bpf.ts'
import type { NetlinkHook } from './attachment.ts'

export interface AttachedProgram {
  id: number
  /** As bpftool names it, for example `cgroup_inet4_connect`; of a device `tc ingress of eth0`. */
  hook: string
  name: string
  /**
   * How it was attached: `multi` lets others stand beside it, `override` lets them take its place below, `` neither.
   * Undefined where the kernel does not say (before Linux 6.0).
   */
  flags: string | undefined
  /** Of a program that is attached to a device. */
  point?: NetlinkHook
}

/**
 * Everything attached to the cgroup itself (not to its parents). A cgroup that was removed took its programs with it.
 *
 * bpftool asks for the flags of each program too. Kernels before 6.0 do not know that question and answer none of it;
 * but they say which programs are in effect, and those that are in effect in the parent as well are its.
 */
export async function programsAt(bpf: Bpf, cgroup: string): Promise<AttachedProgram[]> {
  const { output, error } = await bpf.run('cgroup', 'show', cgroup)
  if (error === undefined) return programsIn(output)
  if (!existsSync(cgroup)) return []
  return withoutInherited(await effectiveAt(bpf, cgroup), await effectiveAbove(bpf, cgroup))
}

/** Everything that runs for the processes of a cgroup: its own programs first, then those of its parents. */
export async function effectiveAt(bpf: Bpf, cgroup: string): Promise<AttachedProgram[]> {
  const { output, error } = await bpf.run('cgroup', 'show', cgroup, 'effective')
  if (error !== undefined) throw unreadable(`the programs of ${cgroup} cannot be read: ${error}`)
  return programsIn(output)
}

/** Everything attached to a cgroup and to those below it, by cgroup; those without a program are left out. */
export async function programsBelow(bpf: Bpf, top: string): Promise<Map<string, AttachedProgram[]>> {
  const tree = await readTree(bpf, top)
  // Without a program a cgroup is not listed, so an empty list is an unanswered question: see programsAt().
  if (![...tree.values()].some(programs => programs.length === 0)) return tree
  const effective = await readTree(bpf, top, 'effective')
  const above = await effectiveAbove(bpf, top)
  const inheritedBy = (cgroup: string) => (cgroup === top ? above : (effective.get(dirname(cgroup)) ?? []))
  const own = [...effective].map(
    ([cgroup, programs]) => [cgroup, withoutInherited(programs, inheritedBy(cgroup))] as const,
  )
  return new Map(own.filter(([, programs]) => programs.length > 0))
}

/** The cgroups above one, the nearest first, as far as the mount shows them. */
export function ancestorsOf(cgroup: string): string[] {
  const parent = dirname(cgroup)
  return parent !== cgroup && fileSystemOf(parent) === 'cgroup2' ? [parent, ...ancestorsOf(parent)] : []
}

function effectiveAbove(bpf: Bpf, cgroup: string): Promise<AttachedProgram[]> {
  const [parent] = ancestorsOf(cgroup)
  return parent === undefined ? Promise.resolve([]) : effectiveAt(bpf, parent)
}

/**
 * What is attached to a cgroup itself, from what is in effect there and in its parent: at each hook the programs of
 * the parent come last, and all of them when the cgroup has none.
 */
export function withoutInherited(
  here: readonly AttachedProgram[],
  parent: readonly AttachedProgram[],
): AttachedProgram[] {
  return [...new Set(here.map(p => p.hook))].flatMap(hook => {
    const [own, inherited] = [here, parent].map(programs => programs.filter(p => p.hook === hook)) as [
      AttachedProgram[],
      AttachedProgram[],
    ]
    while (inherited.length > 0 && own.at(-1)?.id === inherited.at(-1)!.id) {
      own.pop()
      inherited.pop()
    }
    return own
  })
}

const TREE_TRIES = 3

/** A cgroup may go away while bpftool walks, which ends its walk. */
async function readTree(bpf: Bpf, top: string, ...more: string[]): Promise<Map<string, AttachedProgram[]>> {
  let reason: string | undefined
  for (let tries = 0; tries < TREE_TRIES; tries++) {
    const { output, error } = await bpf.run('cgroup', 'tree', top, ...more)
    if (error === undefined && Array.isArray(output))
      return new Map(output.map(c => [c.cgroup, programsIn(c.programs)]))
    reason = error
  }
  throw unreadable(`the programs below ${top} cannot be read: ${reason ?? 'no answer'}`)
}

/** bpftool's list; with no program attached it prints nothing at all. */
function programsIn(output: unknown): AttachedProgram[] {
  if (!Array.isArray(output)) return []
  return output.map(p => ({ id: p.id, hook: String(p.attach_type), name: String(p.name), flags: p.attach_flags }))
}

function unreadable(message: string): Failure {
  return failure(
    EXIT.nodeNotReady,
    'cgroup-unreadable',
    message,
    'run bpftool cgroup tree by hand; $BALANCING_BPFTOOL can name another one',
  )
}
