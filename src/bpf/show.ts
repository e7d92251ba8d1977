import { CONFIG_MAPS, type ConfigMap, type StateMap } from '../datapath/image.ts'
import { maps } from '../datapath/layout.gen.ts'

/** A map as the kernel has it. Sizes in bytes. */
export interface LiveMap {
  id: number
  /** At most 15 characters. */
  name: string
  type: string
  keySize: number
  valueSize: number
  /** 0 for socket storage, which lives with its sockets. */
  maxEntries: number
  /** Kernel memory in bytes, as the kernel counts it: before Linux 6.4 that of a full map. */
  memory: number
  /** No process can write to it any more. */
  frozen: boolean
}

/** A program as the kernel has it. */
export interface LiveProgram {
  id: number
  mapIds: readonly number[]
}

/** The config maps of a generation, all there and as this build lays them out. */
export type LiveMaps = Record<ConfigMap, LiveMap>

/** What `bpftool -j map show` says; undefined when that is not about a map. */
export function liveMap(answer: unknown): LiveMap | undefined {
  const info = answer as Record<string, unknown> | undefined
  if (typeof info?.id !== 'number' || info.bytes_key === undefined) return undefined
  return {
    id: info.id,
    name: String(info.name ?? ''),
    type: String(info.type),
    keySize: Number(info.bytes_key),
    valueSize: Number(info.bytes_value),
    maxEntries: Number(info.max_entries),
    memory: Number(info.bytes_memlock ?? 0),
    frozen: info.frozen === 1,
  }
}

/** What `bpftool -j prog show` says; undefined when that is not about a program. */
export function liveProgram(answer: unknown): LiveProgram | undefined {
  const info = answer as { id?: unknown; tag?: unknown; map_ids?: number[] } | undefined
  if (typeof info?.id !== 'number' || info.tag === undefined) return undefined
  return { id: info.id, mapIds: info.map_ids ?? [] }
}

/** What `bpftool -j map lookup` says, as bytes. */
export function valueBytes(answer: unknown): string | undefined {
  const value = (answer as { value?: unknown } | undefined)?.value
  return Array.isArray(value) ? String.fromCharCode(...value.map(Number)) : undefined
}

export function idsOf(live: LiveMaps): Record<ConfigMap, number> {
  return Object.fromEntries(CONFIG_MAPS.map(name => [name, live[name].id])) as Record<ConfigMap, number>
}

/** Has a map the type and sizes that this build gives it? */
export function hasForm({ type, keySize, valueSize }: LiveMap, name: ConfigMap | StateMap): boolean {
  const want = maps[name]
  return type === want.type && keySize === want.keySize && valueSize === want.valueSize
}
