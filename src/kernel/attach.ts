import type { Bpftool } from './bpftool.ts'
import type { Generation } from './inspect.ts'
import { PROGRAMS, type ProgramName } from './programs.ts'

/**
 * Attaches those of these programs that are not attached yet, in their order, beside whatever else is there (multi).
 * Returns what went wrong, if anything.
 */
export async function attach(
  bpftool: Bpftool,
  generation: Generation,
  programs: readonly ProgramName[],
  cgroup: string,
): Promise<string | undefined> {
  for (const name of programs) {
    if (generation.attached.some(a => a.program === name)) continue
    const hook = PROGRAMS[name]
    const { error } = await bpftool.run(
      'cgroup',
      'attach',
      cgroup,
      hook,
      'pinned',
      generation.pins.program(name),
      'multi',
    )
    if (error !== undefined) return `${name} cannot be attached to ${cgroup}: ${error}`
    generation.attached.push({ id: generation.programs.get(name)!, hook, program: name })
  }
  return undefined
}

/** Detaches all that is attached of a generation, pinned or not. Returns what went wrong, if anything. */
export async function detach(bpftool: Bpftool, generation: Generation, cgroup: string): Promise<string | undefined> {
  for (const { id, hook } of [...generation.attached]) {
    const { error } = await bpftool.run('cgroup', 'detach', cgroup, hook, 'id', String(id))
    if (error !== undefined) return `the program ${id} cannot be detached from ${cgroup}: ${error}`
    generation.attached = generation.attached.filter(a => a.id !== id)
  }
  return undefined
}
