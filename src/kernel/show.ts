import { EXIT } from '../base/exit.ts'
import { failure } from '../base/failure.ts'
import { CONFIG_MAPS, type ConfigMap, type StateMap } from '../image/image.ts'
import { maps } from '../image/layout.gen.ts'
import type { Bpftool } from './bpftool.ts'
import type { GenerationPins } from './pins.ts'
import type { ProgramName } from './programs.ts'

/** A map as the kernel has it. Sizes in bytes. */
export interface LiveMap {
  id: number
  type: string
  keySize: number
  valueSize: number
  maxEntries: number
}

export type LiveMaps = Record<ConfigMap, LiveMap>

/** All config maps of a generation; their pins must exist. */
export async function showMaps(bpftool: Bpftool, pins: GenerationPins): Promise<LiveMaps> {
  const answers = await bpftool.ask(CONFIG_MAPS.map(name => `map show pinned ${pins.map(name)}`))
  const live = CONFIG_MAPS.map((name, i) => {
    const info = answers[i] as Record<string, unknown> | undefined
    const map: LiveMap = {
      id: idOf(info, pins.map(name)),
      type: String(info?.type),
      keySize: Number(info?.bytes_key),
      valueSize: Number(info?.bytes_value),
      maxEntries: Number(info?.max_entries),
    }
    return [name, map]
  })
  return Object.fromEntries(live)
}

/** How many entries the pinned state maps have room for. */
export async function showState(bpftool: Bpftool, pins: GenerationPins): Promise<Map<StateMap, number>> {
  const names = pins.pinnedState()
  const answers = await bpftool.ask(names.map(name => `map show pinned ${pins.map(name)}`))
  return new Map(answers.map((answer, i) => [names[i]!, Number((answer as { max_entries?: unknown }).max_entries)]))
}

/** The ids of the programs that are pinned. */
export async function showPrograms(bpftool: Bpftool, pins: GenerationPins): Promise<Map<ProgramName, number>> {
  const names = pins.pinnedPrograms()
  const answers = await bpftool.ask(names.map(name => `prog show pinned ${pins.program(name)}`))
  return new Map(names.map((name, i) => [name, idOf(answers[i], pins.program(name))]))
}

export function idsOf(live: LiveMaps): Record<ConfigMap, number> {
  return Object.fromEntries(CONFIG_MAPS.map(name => [name, live[name].id])) as Record<ConfigMap, number>
}

/** The maps that do not have the layout of this build, in words; empty when all is well. */
export function layoutDifferences(live: LiveMaps): string[] {
  return CONFIG_MAPS.flatMap(name => {
    const want = maps[name]
    const have = live[name]
    if (have.type === want.type && have.keySize === want.keySize && have.valueSize === want.valueSize) return []
    const found = `${have.type} of ${have.keySize}+${have.valueSize} bytes`
    return [`${name} is a ${found}, not a ${want.type} of ${want.keySize}+${want.valueSize}`]
  })
}

function idOf(answer: unknown, path: string): number {
  const id = (answer as { id?: unknown } | undefined)?.id
  if (typeof id === 'number') return id
  throw failure(
    EXIT.nodeNotReady,
    'unreadable-pin',
    `${path} cannot be read as what its name says`,
    'run balancing cleanup',
  )
}
