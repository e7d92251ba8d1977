import type { StateMap } from '../image/image.ts'
import { type AttachedProgram, programsAt } from './attached.ts'
import type { Bpftool } from './bpftool.ts'
import { type GenerationPins, listGenerations } from './pins.ts'
import { isOurHook, type ProgramName } from './programs.ts'
import { type LiveMap, type LiveMaps, showMaps, showPrograms, showState } from './show.ts'

/** A program of a generation at a hook of the cgroup. Without a name its pin is gone; its maps gave it away. */
export interface Attachment {
  id: number
  hook: string
  program?: ProgramName
}

/** A generation as the kernel has it. */
export interface Generation {
  pins: GenerationPins
  /** Undefined when a map's pin is missing or no map: such a generation was never finished, or was damaged. */
  maps: LiveMaps | undefined
  /** The state maps that are pinned. */
  state: Map<StateMap, LiveMap>
  /** Ids of the pinned programs. */
  programs: Map<ProgramName, number>
  attached: Attachment[]
}

export interface NodeState {
  /** Oldest first. */
  generations: Generation[]
  /** The newest generation with a program attached to the cgroup. */
  current: Generation | undefined
  /** Programs of somebody else at our hooks. */
  foreign: AttachedProgram[]
}

/** What stands under the pin directory, and what is attached to the cgroup. Reads only. */
export async function inspect(bpftool: Bpftool, pinDir: string, cgroup: string): Promise<NodeState> {
  const unclaimed = new Map((await programsAt(bpftool, cgroup)).map(p => [p.id, p]))
  const found: { generation: Generation; mapIds: readonly number[] }[] = []
  for (const pins of listGenerations(pinDir)) {
    const { maps, ids: mapIds } = await showMaps(bpftool, pins)
    const programs = await showPrograms(bpftool, pins)
    const generation: Generation = { pins, maps, state: await showState(bpftool, pins), programs, attached: [] }
    for (const [program, id] of programs) {
      const present = unclaimed.get(id)
      if (present) generation.attached.push({ id, hook: present.hook, program })
      unclaimed.delete(id)
    }
    found.push({ generation, mapIds })
  }
  for (const stray of await strays(bpftool, [...unclaimed.values()])) {
    const owner = found.find(({ mapIds }) => mapIds.some(id => stray.mapIds.includes(id)))
    if (!owner) continue
    owner.generation.attached.push({ id: stray.id, hook: stray.hook })
    unclaimed.delete(stray.id)
  }
  const generations = found.map(f => f.generation)
  return {
    generations,
    current: generations.filter(g => g.attached.length > 0).at(-1),
    foreign: [...unclaimed.values()].filter(p => isOurHook(p.hook)),
  }
}

/** Programs at our hooks whose pins we do not have, with the maps they use. */
async function strays(
  bpftool: Bpftool,
  programs: readonly AttachedProgram[],
): Promise<(AttachedProgram & { mapIds: number[] })[]> {
  const ours = programs.filter(p => isOurHook(p.hook))
  const answers = await bpftool.askEach(ours.map(p => `prog show id ${p.id}`))
  return ours.map((p, i) => ({ ...p, mapIds: (answers[i] as { map_ids?: number[] } | undefined)?.map_ids ?? [] }))
}

/** Every map there, and these programs pinned and attached, and no other. */
export function isWhole(
  generation: Generation,
  programs: readonly ProgramName[],
): generation is Generation & { maps: LiveMaps } {
  const { attached } = generation
  const isComplete = programs.every(name => attached.some(a => a.program === name))
  return generation.maps !== undefined && isComplete && attached.length === programs.length
}

/** The generations that a finished apply would not have left behind. */
export function leftovers({ generations, current }: NodeState): Generation[] {
  return generations.filter(generation => generation !== current)
}
