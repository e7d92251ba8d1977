import type { Bpftool } from './bpftool.ts'
import type { Generation } from './inspect.ts'
import { PROGRAM_NAMES, PROGRAMS, type ProgramName } from './programs.ts'

/** Attaches what is not attached yet, beside whatever else is there (multi). Returns what went wrong, if anything. */
export async function attach(bpftool: Bpftool, generation: Generation, cgroup: string): Promise<string | undefined> {
  for (const name of PROGRAM_NAMES) {
    if (generation.attached.has(name)) continue
    const pinned = generation.pins.program(name)
    const { error } = await bpftool.run('cgroup', 'attach', cgroup, PROGRAMS[name], 'pinned', pinned, 'multi')
    if (error !== undefined) return `${name} cannot be attached to ${cgroup}: ${error}`
    generation.attached.add(name)
  }
  return undefined
}

/** Detaches what is attached. */
export async function detach(bpftool: Bpftool, generation: Generation, cgroup: string): Promise<string | undefined> {
  for (const name of [...generation.attached] as ProgramName[]) {
    const pinned = generation.pins.program(name)
    const { error } = await bpftool.run('cgroup', 'detach', cgroup, PROGRAMS[name], 'pinned', pinned)
    if (error !== undefined) return `${name} cannot be detached from ${cgroup}: ${error}`
    generation.attached.delete(name)
  }
  return undefined
}
