// SPDX-License-Identifier: Apache-2.0
import type { Bpf } from '../bpftool/bpf.ts'
import { type AttachedProgram, programsAt } from '../hooks/attached.ts'
import { foreignAbove, foreignIn } from '../hooks/foreign-programs.ts'
import { netlinkAttachments } from '../hooks/netlink.ts'
import { orphansAmong } from '../hooks/orphans.ts'
import { type LiveProgram, liveProgram } from '../maps/live.ts'
import { type Generation, lookAt } from './generation.ts'
import type { NodeState } from './node-state.ts'
import { listGenerations, requireKnownManifests } from './pins.ts'
import { isOurHook } from './programs.ts'

/**
 * What stands under the pin directory, and what is attached to the cgroup and to devices. Reads only. Refuses (exit 4) what a newer build
 * made that this one cannot know the whole of.
 */
export async function inspect(bpf: Bpf, pinDir: string, cgroup: string): Promise<NodeState> {
  const all = listGenerations(pinDir)
  requireKnownManifests(all)
  const [here, above] = await Promise.all([programsAt(bpf, cgroup), foreignAbove(bpf, cgroup)])
  const unclaimed = new Map(here.map(p => [p.id, p]))
  const generations: Generation[] = []
  for (const pins of all) {
    const generation = await lookAt(bpf, pins)
    generation.attached.push(...(await netlinkAttachments(bpf, generation)))
    for (const [program, { id }] of generation.programs) {
      const present = unclaimed.get(id)
      if (present) generation.attached.push({ id, point: { kind: 'cgroup', cgroup, hook: present.hook }, program })
      unclaimed.delete(id)
    }
    generations.push(generation)
  }
  const unowned = []
  for (const unpinned of await details(bpf, [...unclaimed.values()])) {
    const owner = generations.find(generation => isUnpinnedOf(generation, unpinned))
    if (owner) owner.attached.push({ id: unpinned.id, point: { kind: 'cgroup', cgroup, hook: unpinned.hook } })
    else if (isOurHook(unpinned.hook)) unowned.push(unpinned)
  }
  const orphans = await orphansAmong(bpf, unowned)
  return {
    generations,
    current: generations.filter(g => g.attached.some(a => a.point.kind === 'cgroup')).at(-1),
    orphans: orphans.map(plain),
    foreign: [...foreignIn(cgroup, unowned.filter(p => !orphans.includes(p)).map(plain)), ...above],
  }
}

/** Does a program whose pin is gone come from this generation? It has a name and maps of it. */
function isUnpinnedOf({ manifest, maps }: Generation, { name, mapIds }: AttachedProgram & LiveProgram): boolean {
  return manifest.pins.has(`programs/${name}`) && [...maps.values()].some(map => mapIds.includes(map.id))
}

async function details(bpf: Bpf, programs: readonly AttachedProgram[]): Promise<(AttachedProgram & LiveProgram)[]> {
  const answers = await bpf.show(programs.map(p => `prog show id ${p.id}`))
  return programs.map((p, i) => ({ ...p, mapIds: liveProgram(answers[i])?.mapIds ?? [] }))
}

function plain({ id, hook, name, flags }: AttachedProgram): AttachedProgram {
  return { id, hook, name, flags }
}

/** The generations that a finished apply would not have left behind. */
export function leftovers({ generations, current }: NodeState): Generation[] {
  return generations.filter(generation => generation !== current)
}
