// SPDX-License-Identifier: Apache-2.0
import type { Generation } from '../generation/generation.ts'
import type { TcFilter } from './attachment.ts'
import type { DeviceProgram } from './device-programs.ts'
import { PREF } from './own-qdisc.ts'
import { filtersAtAll } from './tc.ts'

/** A filter that packets of an edge meet before ours. It may end the chain, and then they never meet ours. */
export interface ForeignFilter {
  device: string
  direction: TcFilter['direction']
  /** Undefined for tcx, which runs before all filters. */
  pref: number | undefined
  /** Of its program; undefined when it has none. */
  id: number | undefined
  name: string
}

/** Those at the edges of a generation, in the order in which packets meet them. */
export async function filtersBefore(
  { manifest, attached }: Generation,
  present: readonly DeviceProgram[],
): Promise<ForeignFilter[]> {
  const points = manifest.attachments.flatMap(({ point }) => (point.kind === 'tc' ? [point] : []))
  const own = new Set(attached.map(({ id }) => id))
  const lists = await filtersAtAll(points)
  return points.flatMap(({ device, direction }, i) => {
    const tcx = present.filter(p => p.isTcx && p.device === device && p.place === direction)
    const filters = lists[i]!.filter(({ pref, id }) => pref < PREF && !(id && own.has(id)))
    return [
      ...tcx.map(({ id, name }) => ({ device, direction, pref: undefined, id, name })),
      ...filters.map(({ pref, id, name }) => ({ device, direction, pref, id, name })),
    ]
  })
}

/** `the filter cil_from_netdev (id 12, tc ingress of eth0, pref 1)`, for messages. */
export function formatFilter({ device, direction, pref, id, name }: ForeignFilter): string {
  const place = pref === undefined ? `tcx ${direction} of ${device}` : `tc ${direction} of ${device}, pref ${pref}`
  return `the filter ${name} (${id === undefined ? '' : `id ${id}, `}${place})`
}
