// SPDX-License-Identifier: Apache-2.0
import type { Address } from '../../base/address.ts'
import type { NodeState } from '../../bpf/generation/node-state.ts'
import { isAttached } from '../../bpf/hooks/edges.ts'
import type { Edges } from '../../compile/edges.ts'
import { encodeU32 } from '../../datapath/codec.ts'
import type { Image } from '../../datapath/image.ts'
import { devicesIn } from './edge-change.ts'

/** An edge that the current generation is to have. */
export interface EdgeStatus {
  device: string
  /** The source of packets for backends elsewhere; null when the device is gone, or has no such address. */
  nat4: Address | null
  nat6: Address | null
  state: 'attached' | 'incomplete' | 'detached' | 'made-anew' | 'gone'
  /** The programs that it lacks. */
  missing: string[]
}

/** The edges that the manifest of the current generation lists. `edges`: those of them that are there; `image`: what the maps hold. */
export function edgesOf({ current }: NodeState, edges: Edges, image: Image | undefined): EdgeStatus[] {
  const attachments = current?.manifest.attachments ?? []
  return devicesIn(attachments).map(device => {
    const wanted = attachments.filter(({ point }) => point.device === device)
    const missing = wanted
      .filter(attachment => !isAttached(attachment, current!.attached))
      .map(({ program }) => program)
    const there = edges.devices.find(edge => edge.device === device)
    const isKnown = there && (image?.devices.has(encodeU32(there.ifindex)) ?? true)
    const amount = missing.length === 0 ? 'attached' : missing.length < wanted.length ? 'incomplete' : 'detached'
    const state = !there ? 'gone' : amount === 'detached' && !isKnown ? 'made-anew' : amount
    return { device, nat4: there?.nat4 ?? null, nat6: there?.nat6 ?? null, state, missing }
  })
}

/** What is wrong with an edge. */
export function formatEdgeDamage({ device, state, missing }: EdgeStatus): string {
  switch (state) {
    case 'gone':
      return `edge ${device} is gone: there is no such device`
    case 'made-anew':
      return `edge ${device} has no programs: the device was made anew`
    case 'detached':
      return `edge ${device} has no programs`
    default:
      return `edge ${device} lacks the program ${missing.join(', ')}`
  }
}
