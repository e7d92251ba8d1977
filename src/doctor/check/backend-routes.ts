// SPDX-License-Identifier: Apache-2.0
import { formatUnserved } from '../../node/edges/unserved.ts'
import { edgeCheck } from '../edges.ts'
import { ok, warn } from '../finding.ts'

/** A backend elsewhere that is reached by a device without programs sees the client, and its answer passes this node by. */
export const backendRoutes = edgeCheck(
  'backend-routes',
  'routes to backends on other nodes lead by edges',
  async (_, machine) => {
    const { unserved } = (await machine.node()).status
    if (unserved.length === 0) return ok('routes to all backends on other nodes lead by edges')
    return warn(
      unserved.map(formatUnserved).join('; '),
      'ip route get ADDRESS shows the device; apply --device makes it an edge',
    )
  },
)
