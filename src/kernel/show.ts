import { CONFIG_MAPS, type ConfigMap, STATE_MAPS, type StateMap } from '../image/image.ts'
import { maps } from '../image/layout.gen.ts'
import type { Bpftool } from './bpftool.ts'
import type { GenerationPins } from './pins.ts'
import { PROGRAM_NAMES, type ProgramName } from './programs.ts'

/** A map as the kernel has it. Sizes in bytes. */
export interface LiveMap {
  id: number
  type: string
  keySize: number
  valueSize: number
  maxEntries: number
}

export type LiveMaps = Record<ConfigMap, LiveMap>

/** The config maps of a generation: all of them, or undefined; and the ids of those that can be read. */
export async function showMaps(bpftool: Bpftool, pins: GenerationPins): Promise<{ maps?: LiveMaps; ids: number[] }> {
  const answers = await bpftool.askEach(CONFIG_MAPS.map(name => `map show pinned ${pins.map(name)}`))
  const live = answers.map(liveMap)
  const ids = live.flatMap(map => (map ? [map.id] : []))
  if (ids.length < CONFIG_MAPS.length) return { ids }
  return { maps: Object.fromEntries(CONFIG_MAPS.map((name, i) => [name, live[i]!])) as LiveMaps, ids }
}

function liveMap(answer: unknown): LiveMap | undefined {
  const info = answer as Record<string, unknown> | undefined
  if (typeof info?.id !== 'number' || info.bytes_key === undefined) return undefined
  return {
    id: info.id,
    type: String(info.type),
    keySize: Number(info.bytes_key),
    valueSize: Number(info.bytes_value),
    maxEntries: Number(info.max_entries),
  }
}

/** The state maps that are pinned. */
export async function showState(bpftool: Bpftool, pins: GenerationPins): Promise<Map<StateMap, LiveMap>> {
  const answers = await bpftool.askEach(STATE_MAPS.map(name => `map show pinned ${pins.map(name)}`))
  const found = new Map<StateMap, LiveMap>()
  for (const [i, name] of STATE_MAPS.entries()) {
    const live = liveMap(answers[i])
    if (live) found.set(name, live)
  }
  return found
}

/** The ids of the programs that are pinned. */
export async function showPrograms(bpftool: Bpftool, pins: GenerationPins): Promise<Map<ProgramName, number>> {
  const answers = await bpftool.askEach(PROGRAM_NAMES.map(name => `prog show pinned ${pins.program(name)}`))
  const idOf = (i: number) => (answers[i] as { id?: unknown } | undefined)?.id
  return new Map(PROGRAM_NAMES.flatMap((name, i) => (typeof idOf(i) === 'number' ? [[name, idOf(i) as number]] : [])))
}

export function idsOf(live: LiveMaps): Record<ConfigMap, number> {
  return Object.fromEntries(CONFIG_MAPS.map(name => [name, live[name].id])) as Record<ConfigMap, number>
}

/** Has a map the type and sizes that this build gives it? */
export function hasLayout({ type, keySize, valueSize }: LiveMap, name: ConfigMap | StateMap): boolean {
  const want = maps[name]
  return type === want.type && keySize === want.keySize && valueSize === want.valueSize
}

/** The maps that do not have the layout of this build, in words; empty when all is well. */
export function layoutDifferences(live: LiveMaps): string[] {
  return CONFIG_MAPS.filter(name => !hasLayout(live[name], name)).map(name => {
    const { type, keySize, valueSize } = live[name]
    const want = maps[name]
    return `${name} is a ${type} of ${keySize}+${valueSize} bytes, not a ${want.type} of ${want.keySize}+${want.valueSize}`
  })
}
