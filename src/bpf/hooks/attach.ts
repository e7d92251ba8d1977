import type { Bpf } from '../bpftool/bpf.ts'
import type { Generation } from '../generation/generation.ts'
import { hookName, PROGRAM_NAMES, PROGRAMS, type ProgramName } from '../generation/programs.ts'
import { type AttachedProgram, effectiveAt } from './attached.ts'
import { type Attachment, type AttachPoint, formatPoint } from './attachment.ts'
import { type ForeignProgram, formatForeign } from './foreign-programs.ts'
import { detachNetlink } from './netlink.ts'

/**
 * Attaches those of these programs that are not attached yet, in their order, beside whatever else is there (multi).
 * Returns what went wrong, if anything: then the caller detaches them again.
 */
export async function attach(
  bpf: Bpf,
  generation: Generation,
  programs: readonly ProgramName[],
  cgroup: string,
  foreign: readonly ForeignProgram[] = [],
): Promise<string | undefined> {
  // Where the kernel does not say how they are attached, only trying tells whether they stay in effect.
  const unsure = foreign.filter(foreigner => foreigner.flags === undefined)
  const before = unsure.length === 0 ? [] : await effectiveAt(bpf, cgroup)
  for (const name of programs) {
    if (generation.attached.some(a => a.program === name)) continue
    const hook = PROGRAMS[name]
    const pin = generation.pins.program(name)
    const { error } = await bpf.run('cgroup', 'attach', cgroup, hook, 'pinned', pin, 'multi')
    if (error !== undefined) return `${name} cannot be attached to ${cgroup}: ${error}${whoIsAt(foreign, hook)}`
    const { id } = generation.programs.get(name)!
    generation.attached.push({ id, point: { kind: 'cgroup', cgroup, hook }, program: name })
  }
  const after = before.length === 0 ? [] : await effectiveAt(bpf, cgroup)
  const lost = unsure.find(foreigner => includes(before, foreigner) && !includes(after, foreigner))
  return lost && `${formatForeign(lost)}, attached to ${lost.cgroup}, would be switched off`
}

function includes(programs: readonly AttachedProgram[], { id, hook }: AttachedProgram): boolean {
  return programs.some(p => p.id === id && p.hook === hook)
}

function whoIsAt(foreign: readonly ForeignProgram[], hook: string): string {
  const there = foreign.filter(foreigner => hookName(foreigner.hook) === hook)
  return there.map(foreigner => `; ${formatForeign(foreigner)} is attached to ${foreigner.cgroup}`).join('')
}

/**
 * Detaches what is attached of a generation, of whatever build, pinned or not; of `which` programs, all when absent. First
 * go devices, then the programs that choose backends, last those that show what was chosen. Returns what went wrong, if
 * anything.
 */
export async function detach(
  bpf: Bpf,
  generation: Generation,
  which: (attachment: Attachment) => boolean = () => true,
): Promise<string | undefined> {
  const order = ({ point, program }: Attachment) =>
    point.kind === 'cgroup' ? PROGRAM_NAMES.indexOf(program as never) : PROGRAM_NAMES.length
  // Equal ones, all of devices, go in the reverse order of attaching.
  for (const attachment of generation.attached
    .filter(which)
    .reverse()
    .sort((a, b) => order(b) - order(a))) {
    const stuck = await detachProgram(bpf, attachment.id, attachment.point)
    if (stuck !== undefined) return stuck
    generation.attached = generation.attached.filter(a => a !== attachment)
  }
  return undefined
}

/** Is this one of the programs that choose backends, and record what they chose? */
export function choosesBackends({ program }: Attachment): boolean {
  return /^(connect|sendmsg)/.test(program ?? '')
}

/** Detaches a program from where it is attached. Returns what went wrong, if anything. */
export async function detachProgram(bpf: Bpf, id: number, point: AttachPoint): Promise<string | undefined> {
  const error =
    point.kind === 'cgroup'
      ? (await bpf.run('cgroup', 'detach', point.cgroup, point.hook, 'id', String(id))).error
      : await detachNetlink(bpf, point)
  return error && `the program ${id} cannot be detached from ${formatPoint(point)}: ${error}`
}
