// SPDX-License-Identifier: Apache-2.0
import { CONFIG_MAPS, type ConfigMap, type EdgeStateMap, type StateMap } from '../../datapath/image.ts'
import { maps } from '../../datapath/layout.gen.ts'
import type { MapRef } from '../bpftool/bpf.ts'

/** A map as the kernel has it. Sizes in bytes. */
export interface LiveMap {
  id: number
  /** Its pin, as long as it has one where its generation has it; else its id. */
  ref: MapRef
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

/** What `bpftool -j map show` says of the map at this pin, if any; undefined when that is not about a map. */
export function liveMap(answer: unknown, pin?: string): LiveMap | undefined {
  const info = answer as Record<string, unknown> | undefined
  if (typeof info?.id !== 'number' || info.bytes_key === undefined) return undefined
  return {
    id: info.id,
    ref: pin === undefined ? `id ${info.id}` : `pinned ${pin}`,
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

export function refsOf(live: LiveMaps): Record<ConfigMap, MapRef> {
  return Object.fromEntries(CONFIG_MAPS.map(name => [name, live[name].ref])) as Record<ConfigMap, MapRef>
}

/** Has a map the type and sizes that this build gives it? */
export function hasForm({ type, keySize, valueSize }: LiveMap, name: ConfigMap | StateMap | EdgeStateMap): boolean {
  const want = maps[name]
  return type === want.type && keySize === want.keySize && valueSize === want.valueSize
}
