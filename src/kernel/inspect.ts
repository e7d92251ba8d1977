import { EXIT } from '../base/exit.ts'
import { failure } from '../base/failure.ts'
import type { StateMap } from '../image/image.ts'
import type { Bpftool } from './bpftool.ts'
import { type GenerationPins, listGenerations } from './pins.ts'
import { isOurHook, PROGRAM_NAMES, type ProgramName } from './programs.ts'
import { type LiveMaps, showMaps, showPrograms, showState } from './show.ts'

/** A generation as the kernel has it. */
export interface Generation {
  pins: GenerationPins
  /** Undefined when a map's pin is missing: such a generation was never finished, or was damaged. */
  maps: LiveMaps | undefined
  /** The state maps that are pinned, and for how many entries they have room. */
  state: Map<StateMap, number>
  /** Ids of the pinned programs. */
  programs: Map<ProgramName, number>
  attached: Set<ProgramName>
}

/** A program of somebody else at one of our hooks. */
export interface ForeignProgram {
  id: number
  hook: string
  name: string
}

export interface NodeState {
  /** Oldest first. */
  generations: Generation[]
  /** The newest generation with a program attached to the cgroup: the one that decides. */
  current: Generation | undefined
  foreign: ForeignProgram[]
}

/** What stands under the pin directory, and what is attached to the cgroup. Reads only. */
export async function inspect(bpftool: Bpftool, pinDir: string, cgroup: string): Promise<NodeState> {
  const present = await programsAt(bpftool, cgroup)
  const ids = new Set(present.map(p => p.id))
  const generations: Generation[] = []
  for (const pins of listGenerations(pinDir)) generations.push(await inspectGeneration(bpftool, pins, ids))
  const ours = new Set(generations.flatMap(g => [...g.programs.values()]))
  return {
    generations,
    current: generations.filter(g => g.attached.size > 0).at(-1),
    foreign: present.filter(p => !ours.has(p.id) && isOurHook(p.hook)),
  }
}

async function inspectGeneration(bpftool: Bpftool, pins: GenerationPins, present: Set<number>): Promise<Generation> {
  const programs = await showPrograms(bpftool, pins)
  return {
    pins,
    maps: pins.hasAllMaps() ? await showMaps(bpftool, pins) : undefined,
    state: await showState(bpftool, pins),
    programs,
    attached: new Set([...programs].filter(([, id]) => present.has(id)).map(([name]) => name)),
  }
}

/** Every program pinned and attached, every map there. */
export function isWhole(generation: Generation): generation is Generation & { maps: LiveMaps } {
  return generation.maps !== undefined && PROGRAM_NAMES.every(name => generation.attached.has(name))
}

/** Everything attached to the cgroup itself (not to its parents). */
async function programsAt(bpftool: Bpftool, cgroup: string): Promise<ForeignProgram[]> {
  const { output, error } = await bpftool.run('cgroup', 'show', cgroup)
  if (error !== undefined) {
    const message = `the programs of ${cgroup} cannot be read: ${error}`
    throw failure(EXIT.nodeNotReady, 'cgroup-unreadable', message, 'give a cgroup2 directory by --cgroup')
  }
  // With no program attached bpftool prints nothing at all.
  if (!Array.isArray(output)) return []
  return output.map(p => ({ id: p.id, hook: String(p.attach_type), name: String(p.name) }))
}
