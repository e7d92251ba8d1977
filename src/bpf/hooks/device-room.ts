// SPDX-License-Identifier: Apache-2.0
import { EXIT } from '../../base/exit.ts'
import { type Failure, failure } from '../../base/failure.ts'
import { type NodeState, ownPrograms } from '../generation/node-state.ts'
import { formatPoint, type RecordedAttachment } from './attachment.ts'
import { tcOf } from './edges.ts'
import { filtersAt, qdiscAt } from './tc.ts'

/**
 * Refuses (exit 4) devices where filters cannot be attached: one has a qdisc of the older kind, or a foreign filter stands at our
 * place. A qdisc clsact that is there already is shared, as are filters at other places.
 */
export async function requireRoomAtDevices(
  state: NodeState,
  attachments: readonly RecordedAttachment[],
): Promise<void> {
  const ours = ownPrograms(state)
  for (const device of new Set(attachments.map(({ point }) => point.device))) {
    if ((await qdiscAt(device)) !== 'ingress') continue
    const message = `the device ${device} has the qdisc ingress, which leaves no room for clsact`
    throw occupied(
      message,
      `tc qdisc del dev ${device} ingress, if nothing needs it; --device none serves sockets only`,
    )
  }
  for (const { point } of tcOf(attachments)) {
    const filters = await filtersAt(point.device, point.direction)
    const stranger = filters.find(f => f.pref === point.pref && !(f.id !== undefined && ours.has(f.id)))
    if (!stranger) continue
    const who = stranger.id === undefined ? stranger.name : `${stranger.name} (id ${stranger.id})`
    throw occupied(
      `the foreign filter ${who} stands at ${formatPoint(point)}`,
      'find out who attached it: another instance of balancing, with another --pin-dir, stands there too; --device none serves sockets only',
    )
  }
}

function occupied(message: string, hint: string): Failure {
  return failure(EXIT.nodeNotReady, 'device-occupied', message, hint)
}
