// SPDX-License-Identifier: Apache-2.0
import type { Failure } from '../../base/failure.ts'
import type { Bpf } from '../../bpf/bpftool/bpf.ts'
import type { Generation } from '../../bpf/generation/generation.ts'
import { type NodeState, ownPrograms } from '../../bpf/generation/node-state.ts'
import { attachXdp, type XdpAttachment } from '../../bpf/hooks/xdp.ts'
import type { EventSink } from '../events.ts'
import { type EdgeChange, withoutXdp } from './edge-change.ts'
import { refused } from './xdp-devices.ts'

/**
 * Attaches XDP programs of a generation to edges. Returns the change as it turned out: a device that does not take its program is
 * served by tc alone, and a notice says why. Where XDP is required, returns the failure to throw (exit 4); what was attached by
 * then is for the caller to detach.
 */
export async function attachEdgeXdp(
  bpf: Bpf,
  generation: Generation,
  change: EdgeChange,
  attachments: readonly XdpAttachment[],
  state: NodeState,
  events: EventSink,
): Promise<EdgeChange | Failure> {
  const untaken = await attachXdp(bpf, generation, attachments, ownPrograms(state))
  const [first] = untaken
  if (first === undefined) return change
  if (change.xdp.isRequired) return refused(first.device, first.reason)
  const settled = withoutXdp(change, untaken)
  for (const { device } of untaken) {
    const message = `tc alone serves the edge ${device}: ${settled.xdp.without.get(device)}`
    events({ kind: 'notice', severity: 'note', code: 'no-xdp', message })
  }
  return settled
}
