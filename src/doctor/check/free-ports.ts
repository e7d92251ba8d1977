// SPDX-License-Identifier: Apache-2.0
import { count } from '../../base/count.ts'
import { edgeCheck } from '../edges.ts'
import { ok, warn } from '../finding.ts'

/** An edge has as many ports as FIRST_FREE_PORT leaves, towards one port of one backend. */
export const freePorts = edgeCheck(
  'free-ports',
  'every packet to a backend elsewhere found a free port',
  async (_edges, machine) => {
    const { edgeCounts } = (await machine.node()).status
    if (!edgeCounts?.portsExhausted) return ok('no packet was dropped for want of a port')
    return warn(
      `${count(edgeCounts.portsExhausted, 'packet')} dropped since the programs were loaded, because all ports that were tried towards the backend are taken`,
      'an edge masquerades at most 32,768 flows to one port of one backend: add backends, or set externalTrafficPolicy: Local',
    )
  },
)
