// SPDX-License-Identifier: Apache-2.0
import { EXIT } from '../../base/exit.ts'
import { Failure, failure } from '../../base/failure.ts'
import type { Bpf } from '../bpftool/bpf.ts'
import type { Generation } from '../generation/generation.ts'
import type { NodeState } from '../generation/node-state.ts'
import { ADDRESS_TYPE, hookName, isAddressHook, isOurHook, PROGRAMS, type ProgramName } from '../generation/programs.ts'
import { type AttachedProgram, ancestorsOf, programsAt, programsBelow } from './attached.ts'
import type { ForeignProgram } from './foreign-program.ts'

export function foreignIn(cgroup: string, programs: readonly AttachedProgram[]): ForeignProgram[] {
  return programs.filter(p => isOurHook(p.hook)).map(p => ({ ...p, cgroup }))
}

/** Those in the cgroups above, the nearest first. */
export async function foreignAbove(bpf: Bpf, cgroup: string): Promise<ForeignProgram[]> {
  const levels = ancestorsOf(cgroup).map(async above => foreignIn(above, await programsAt(bpf, above)))
  return (await Promise.all(levels)).flat()
}

/**
 * Those in the cgroups below that may change addresses before we see them, or why they cannot be read. To find them takes
 * a walk through all cgroups, so it is made only when such a program is loaded that is not known yet.
 */
export async function foreignBelow(
  bpf: Bpf,
  cgroup: string,
  { generations, orphans, foreign }: NodeState,
): Promise<ForeignProgram[] | Failure> {
  const ours = generations.flatMap(g => [...g.programs.values(), ...g.attached])
  const known = new Set([...ours, ...orphans, ...foreign].map(p => p.id))
  const { output } = await bpf.run('prog', 'show')
  const isStrange = ({ type, id }: { type: string; id: number }) => type === ADDRESS_TYPE && !known.has(id)
  if (Array.isArray(output) && !output.some(isStrange)) return []
  try {
    const below = [...(await programsBelow(bpf, cgroup))].filter(([path]) => path !== cgroup)
    return below.flatMap(([path, programs]) => foreignIn(path, programs)).filter(p => isAddressHook(p.hook))
  } catch (error) {
    if (error instanceof Failure) return error
    throw error
  }
}

/**
 * Refuses (exit 4) a cgroup where a foreigner leaves no room for these programs. At a hook where none of ours stands yet the
 * nearest foreigner decides: in our cgroup it must be `multi`, as all programs there; above, one without a flag allows
 * no other below it, and one with `override` would be switched off for the processes here.
 */
export function requireRoom({ generations, foreign }: NodeState, programs: readonly ProgramName[]): void {
  const taken = new Set(generations.flatMap(hooksOf))
  const undecided = new Set(programs.map(name => PROGRAMS[name]).filter(hook => !taken.has(hook)) as string[])
  for (const foreigner of foreign) {
    if (!undecided.delete(hookName(foreigner.hook))) continue
    const { flags, cgroup } = foreigner
    if (flags === undefined || flags.includes('multi')) continue
    const how = flags === '' ? 'alone' : `as "${flags}"`
    const message = `${formatForeign(foreigner)} is attached to ${cgroup} ${how}, which leaves no room beside it`
    throw failure(EXIT.nodeNotReady, 'cgroup-occupied', message, 'attach it as "multi", or give another --cgroup')
  }
}

/** The hooks of the cgroup at which a generation stands. */
function hooksOf({ attached }: Generation): string[] {
  return attached.flatMap(({ point }) => (point.kind === 'cgroup' ? [hookName(point.hook)] : []))
}

/** For messages. */
export function formatForeign({ name, id, hook }: AttachedProgram): string {
  return `${name === '' ? 'a foreign program' : `the foreign program ${name}`} (id ${id}, ${hook})`
}
