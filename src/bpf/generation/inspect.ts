// SPDX-License-Identifier: Apache-2.0
import { Failure } from '../../base/failure.ts'
import type { Bpf } from '../bpftool/bpf.ts'
import { type AttachedProgram, programsAt } from '../hooks/attached.ts'
import { type DeviceProgram, programsAtDevices } from '../hooks/device-programs.ts'
import { filtersBefore } from '../hooks/foreign-filters.ts'
import { foreignAbove, foreignIn } from '../hooks/foreign-programs.ts'
import { formatHook, netlinkAttachments, pinName, pointsOf } from '../hooks/netlink.ts'
import { orphansAmong } from '../hooks/orphans.ts'
import { type LiveProgram, liveProgram } from '../maps/live.ts'
import { type Generation, lookAt } from './generation.ts'
import { OWN_PINS } from './manifest.ts'
import type { NodeState } from './node-state.ts'
import { type GenerationPins, listGenerations, requireKnownManifests } from './pins.ts'
import { isOurHook } from './programs.ts'

/**
 * What stands under the pin directory, and what is attached to the cgroup and to devices. Reads only. Refuses (exit 4) what a newer build
 * made that this one cannot know the whole of.
 */
export async function inspect(bpf: Bpf, pinDir: string, cgroup: string): Promise<NodeState> {
  const all = listGenerations(pinDir)
  requireKnownManifests(all)
  const [here, above, atDevices] = await Promise.all([
    programsAt(bpf, cgroup),
    foreignAbove(bpf, cgroup),
    devicePrograms(bpf, all),
  ])
  const unclaimed = new Map(here.map(p => [p.id, p]))
  const generations: Generation[] = []
  for (const pins of all) {
    const generation = await lookAt(bpf, pins)
    generation.attached.push(...(await netlinkAttachments(bpf, generation, atDevices)))
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
  const claimed = new Set(generations.flatMap(g => g.attached.map(({ id }) => id)))
  const likely = await likelyOurs(
    bpf,
    atDevices.filter(({ id }) => !claimed.has(id)),
  )
  const orphans = await orphansAmong(bpf, [...unowned, ...likely])
  const current = generations.filter(g => g.attached.some(a => a.point.kind === 'cgroup')).at(-1)
  return {
    generations,
    current,
    orphans: orphans.map(plain),
    foreign: [...foreignIn(cgroup, unowned.filter(p => !orphans.includes(p)).map(plain)), ...above],
    foreignFilters: current ? await filtersBefore(current, atDevices) : [],
  }
}

/** Where no generation lists any, a kernel or a namespace in which they cannot be listed is no obstacle. */
async function devicePrograms(bpf: Bpf, generations: readonly GenerationPins[]): Promise<DeviceProgram[]> {
  try {
    return await programsAtDevices(bpf)
  } catch (error) {
    if (error instanceof Failure && generations.every(({ manifest }) => manifest.attachments.length === 0)) return []
    throw error
  }
}

/** Those of these programs of devices that may be ours by their names, at each place where they are. */
async function likelyOurs(bpf: Bpf, programs: readonly DeviceProgram[]): Promise<(AttachedProgram & LiveProgram)[]> {
  const candidates = programs.filter(({ name }) => name === '' || OWN_PINS.has(`programs/${pinName(name)}`))
  const unique = [
    ...new Map(candidates.map(program => [`${program.id} ${program.device} ${program.place}`, program])).values(),
  ]
  const points = await pointsOf(unique)
  const answers = await bpf.show(points.map(({ id }) => `prog show id ${id}`))
  return points.map(({ id, point }, i) => {
    const name = String((answers[i] as { name?: unknown } | undefined)?.name ?? '')
    return { id, hook: formatHook(point), name, flags: undefined, point, mapIds: liveProgram(answers[i])?.mapIds ?? [] }
  })
}

/** Does a program whose pin is gone come from this generation? It has a name and maps of it. */
function isUnpinnedOf({ manifest, maps }: Generation, { name, mapIds }: AttachedProgram & LiveProgram): boolean {
  return manifest.pins.has(`programs/${name}`) && [...maps.values()].some(map => mapIds.includes(map.id))
}

async function details(bpf: Bpf, programs: readonly AttachedProgram[]): Promise<(AttachedProgram & LiveProgram)[]> {
  const answers = await bpf.show(programs.map(p => `prog show id ${p.id}`))
  return programs.map((p, i) => ({ ...p, mapIds: liveProgram(answers[i])?.mapIds ?? [] }))
}

function plain({ id, hook, name, flags, point }: AttachedProgram): AttachedProgram {
  return { id, hook, name, flags, ...(point && { point }) }
}

/** The generations that a finished apply would not have left behind. */
export function leftovers({ generations, current }: NodeState): Generation[] {
  return generations.filter(generation => generation !== current)
}
