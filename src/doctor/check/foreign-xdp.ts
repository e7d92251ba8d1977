// SPDX-License-Identifier: Apache-2.0
import { readDeviceFacts } from '../../host/devices/read-facts.ts'
import type { EdgeStatus } from '../../node/edges/edge-status.ts'
import { edgeCheck } from '../edges.ts'
import { ok, warn } from '../finding.ts'

/** A packet that such a program drops or sends elsewhere never comes to tc. */
export const foreignXdp = edgeCheck(
  'foreign-xdp',
  'no foreign XDP program sees the packets of an edge before ours',
  async edges => {
    const { devices } = await readDeviceFacts()
    const foreign = devices.flatMap(({ name, xdp }) => {
      const edge = edges.find(({ device }) => device === name)
      return xdp && edge && !hasXdp(edge) ? [`${xdp.name} (id ${xdp.id}, ${xdp.mode} XDP of ${name})`] : []
    })
    if (foreign.length === 0) return ok(`no foreign XDP program is at an edge; ${formatXdp(edges)}`)
    return warn(
      `${foreign.join(', ')}: packets meet it before our programs, and never ours if it does not pass them`,
      'find out who attached it, and whether it passes packets for Services (XDP_PASS)',
    )
  },
)

function hasXdp({ xdp, withoutXdp }: EdgeStatus): boolean {
  return xdp && withoutXdp === null
}

function formatXdp(edges: readonly EdgeStatus[]): string {
  const names = edges.filter(hasXdp).map(({ device }) => device)
  return names.length === 0 ? 'no edge has XDP' : `with XDP: ${names.join(', ')}`
}
