import { Failure } from '../base/failure.ts'
import { type ForeignProgram, foreignBelow } from '../bpf/foreign-programs.ts'
import { damageOf, type Generation } from '../bpf/generation.ts'
import { leftovers } from '../bpf/inspect.ts'
import { programsFor } from '../bpf/programs.ts'
import type { Image } from '../datapath/image.ts'
import type { OpenNode } from './open-node.ts'

/** What became of what was applied here, but for its entries. */
export interface NodeStatus {
  /** What the maps hold; undefined when this build cannot read them. */
  image: Image | undefined
  /** Whether the programs that serve are this build's. */
  isOurBuild: boolean
  /** Each program that is needed, as far as this build can tell, or there. */
  programs: Record<string, 'attached' | 'detached' | 'missing'>
  /** Why the next apply replaces maps and programs of this build. */
  damage: string | undefined
  /** Pins of generations that an unfinished apply left; the next apply removes them. */
  leftovers: string[]
  /** Programs of others at our hooks: in the cgroup, above and below it. */
  foreign: ForeignProgram[]
  /** Why those below are not known. */
  foreignUnknown: string | undefined
}

/** Looks at a node. Reads only. */
export async function nodeStatus(node: OpenNode): Promise<NodeStatus> {
  const { current, foreign } = node.state
  const image = await node.observed()
  const below = await foreignBelow(node.bpftool, node.target.cgroup, node.state)
  const isOurBuild = current?.revision?.programs === node.programs
  return {
    image,
    isOurBuild,
    programs: Object.fromEntries(programNames(image, current).map(name => [name, stateOf(name, current)])),
    damage: image && isOurBuild ? damageOf(current!, programsFor(image)) : undefined,
    leftovers: leftovers(node.state).map(generation => generation.pins.path),
    foreign: [...foreign, ...(below instanceof Failure ? [] : below)],
    foreignUnknown: below instanceof Failure ? below.message : undefined,
  }
}

function programNames(image: Image | undefined, generation: Generation | undefined): string[] {
  const attached = generation?.attached.flatMap(a => a.program ?? []) ?? []
  return [...new Set([...(image ? programsFor(image) : []), ...attached])]
}

function stateOf(name: string, generation: Generation | undefined) {
  if (!generation?.programs.has(name)) return 'missing'
  return generation.attached.some(a => a.program === name) ? 'attached' : 'detached'
}
