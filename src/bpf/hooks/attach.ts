// SPDX-License-Identifier: Apache-2.0
import type { Bpf } from '../bpftool/bpf.ts'
import type { Generation } from '../generation/generation.ts'
import { hookName, PROGRAM_NAMES, PROGRAMS, type ProgramName } from '../generation/programs.ts'
import { type AttachedProgram, effectiveAt, programsAt } from './attached.ts'
import { type Attachment, type AttachPoint, formatPoint, isSamePoint } from './attachment.ts'
import { programsAtDevices } from './device-programs.ts'
import type { ForeignProgram } from './foreign-program.ts'
import { formatForeign } from './foreign-programs.ts'
import { detachNetlink, netlinkAttachments } from './netlink.ts'

/**
 * Attaches those of these programs that are not attached yet, in their order, beside whatever else is there (multi), and reads
 * back that all are there. Returns what went wrong, if anything: then the caller detaches them again.
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
    const id = generation.programs.get(name)?.id
    if (id === undefined) return `${name} is not pinned`
    const pin = generation.pins.program(name)
    const { error } = await bpf.run('cgroup', 'attach', cgroup, hook, 'pinned', pin, 'multi')
    if (error !== undefined) return `${name} cannot be attached to ${cgroup}: ${error}${whoIsAt(foreign, hook)}`
    generation.attached.push({ id, point: { kind: 'cgroup', cgroup, hook }, program: name })
  }
  const there = await programsAt(bpf, cgroup)
  const absent = programs.find(name => !there.some(p => p.id === generation.programs.get(name)?.id))
  if (absent !== undefined)
    return `read-back mismatch: ${absent} is not attached to ${cgroup}, although bpftool did not fail`
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
 * go devices, then the programs that choose backends, last those that show what was chosen. Then it reads back that they are gone.
 * Returns what went wrong, if anything.
 */
export async function detach(
  bpf: Bpf,
  generation: Generation,
  which: (attachment: Attachment) => boolean = () => true,
): Promise<string | undefined> {
  const order = ({ point, program }: Attachment) =>
    point.kind === 'cgroup' ? PROGRAM_NAMES.indexOf(program as never) : PROGRAM_NAMES.length
  // Equal ones, all of devices, go in the reverse order of attaching.
  const chosen = generation.attached
    .filter(which)
    .reverse()
    .sort((a, b) => order(b) - order(a))
  for (const { id, point } of chosen) {
    const error = await detachProgram(bpf, id, point)
    // One that something else detached meanwhile is where it should be.
    if (error !== undefined && (await stillAttached(bpf, generation, [{ id, point }])) !== undefined) return error
  }
  const stuck = await stillAttached(bpf, generation, chosen)
  if (stuck !== undefined) return notDetached(stuck)
  generation.attached = generation.attached.filter(a => !chosen.includes(a))
  return undefined
}

/** Reads back which of these is attached still, if any. */
async function stillAttached(
  bpf: Bpf,
  generation: Generation,
  attachments: readonly Attachment[],
): Promise<Attachment | undefined> {
  const cgroups = new Set(attachments.flatMap(({ point }) => (point.kind === 'cgroup' ? [point.cgroup] : [])))
  const remaining = new Set<number>()
  for (const cgroup of cgroups) for (const { id } of await programsAt(bpf, cgroup)) remaining.add(id)
  const isOfDevice = attachments.some(({ point }) => point.kind !== 'cgroup')
  const atDevices = isOfDevice ? await netlinkAttachments(bpf, generation, await programsAtDevices(bpf)) : []
  return attachments.find(({ id, point }) =>
    point.kind === 'cgroup' ? remaining.has(id) : atDevices.some(a => a.id === id && isSamePoint(a.point, point)),
  )
}

/** Detaches orphaned programs from a cgroup and from devices, and reads back that they are gone. Returns what went wrong, if anything. */
export async function detachOrphans(
  bpf: Bpf,
  orphans: readonly AttachedProgram[],
  cgroup: string,
): Promise<string | undefined> {
  const pointOf = ({ hook, point }: AttachedProgram) => point ?? { kind: 'cgroup' as const, cgroup, hook }
  for (const orphan of orphans) {
    const error = await detachProgram(bpf, orphan.id, pointOf(orphan))
    if (error !== undefined) return error
  }
  const there = orphans.length === 0 ? [] : await programsAt(bpf, cgroup)
  const atDevices = orphans.some(({ point }) => point) ? await programsAtDevices(bpf) : []
  const stuck = orphans.find(orphan =>
    orphan.point ? atDevices.some(({ id }) => id === orphan.id) : includes(there, orphan),
  )
  return stuck && notDetached({ id: stuck.id, point: pointOf(stuck) })
}

function notDetached({ id, point }: Attachment): string {
  return `read-back mismatch: the program ${id} is still attached to ${formatPoint(point)}, although no tool failed`
}

/** Is this one of the programs that choose backends, and record what they chose? */
export function choosesBackends({ program }: Attachment): boolean {
  return /^(connect|sendmsg)/.test(program ?? '')
}

/** Detaches a program from where it is attached. Returns what went wrong, if anything. */
async function detachProgram(bpf: Bpf, id: number, point: AttachPoint): Promise<string | undefined> {
  const error =
    point.kind === 'cgroup'
      ? (await bpf.run('cgroup', 'detach', point.cgroup, point.hook, 'id', String(id))).error
      : await detachNetlink(bpf, id, point)
  return error && `the program ${id} cannot be detached from ${formatPoint(point)}: ${error}`
}
