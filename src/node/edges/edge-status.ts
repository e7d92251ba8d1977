// SPDX-License-Identifier: Apache-2.0
import type { Address } from '../../base/address.ts'
import type { NodeState } from '../../bpf/generation/node-state.ts'
import { XDP_PROGRAM } from '../../bpf/generation/programs.ts'
import { isAttached } from '../../bpf/hooks/edges.ts'
import { xdpOf } from '../../bpf/hooks/xdp.ts'
import type { Edges } from '../../compile/edges.ts'
import { decode, decodeU32, encodeU32 } from '../../datapath/codec.ts'
import type { Image } from '../../datapath/image.ts'
import { UNSPECIFIED } from '../../datapath/keys.ts'
import { enums } from '../../datapath/layout.gen.ts'
import { devicesIn, isOfPod } from './edge-change.ts'
import type { XdpPlan } from './xdp-devices.ts'

/** An edge that the current generation is to have. */
export interface EdgeStatus {
  device: string
  /** It is the host's side of a pod's device. */
  pod: boolean
  /** The source of packets for backends elsewhere; null when the device is gone, or has no such address. */
  nat4: Address | null
  nat6: Address | null
  state: 'attached' | 'incomplete' | 'detached' | 'made-anew' | 'gone'
  /** The programs that it lacks. */
  missing: string[]
  /** Whether it has, or is to have, the shortcut by XDP. */
  xdp: boolean
  /** Why it has none; null when XDP is attached. */
  withoutXdp: string | null
}

/**
 * The edges that the manifest of the current generation lists. `edges`: those of them that are there; `xdp`: what apply would do
 * with them; `image`: what the maps hold.
 */
export function edgesOf({ current }: NodeState, edges: Edges, xdp: XdpPlan, image: Image | undefined): EdgeStatus[] {
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
    const pod = wanted.some(isOfPod)
    const hasXdp = xdpOf(wanted).length > 0
    const isAbsent = !hasXdp || missing.includes(XDP_PROGRAM)
    const withoutXdp = isAbsent && !pod ? whyWithoutXdp(device, state, hasXdp, xdp) : null
    const [nat4, nat6] = [there?.nat4 ?? null, there?.nat6 ?? null]
    return { device, pod, nat4, nat6, state, missing, xdp: hasXdp, withoutXdp }
  })
}

function whyWithoutXdp(device: string, state: EdgeStatus['state'], hadXdp: boolean, { without }: XdpPlan): string {
  if (state === 'gone') return 'there is no such device'
  return without.get(device) ?? (hadXdp ? 'its program was removed' : 'the next apply attaches it')
}

/** The edges, and the devices of pods that are gone: the image has them until the next apply, as it should. */
export function withGonePods(edges: Edges, image: Image | undefined): Edges {
  const there = new Set(edges.devices.map(({ ifindex }) => ifindex))
  const gone = [...(image?.devices ?? [])].flatMap(([key, value]) => {
    const ifindex = decodeU32(key)
    const { flags, nat4, nat6 } = decode('device', value)
    if (there.has(ifindex) || !(flags & DEVICE_POD)) return []
    const [own4, own6] = [nat4, nat6].map(nat => (nat === UNSPECIFIED[6] ? undefined : nat))
    return [{ device: `of interface ${ifindex}`, ifindex, nat4: own4, nat6: own6, rawIp: false, pod: true }]
  })
  return gone.length === 0 ? edges : { ...edges, devices: [...edges.devices, ...gone] }
}

const { DEVICE_POD } = enums.device_flags

/** Is an edge as apply left it? The device of a pod goes with its pod. */
export function isWhole({ pod, state }: EdgeStatus): boolean {
  return state === 'attached' || (pod && state === 'gone')
}

/** What is wrong with an edge. */
export function formatEdgeDamage({ device, pod, state, missing, withoutXdp }: EdgeStatus): string {
  const edge = pod ? `pod device ${device}` : `edge ${device}`
  switch (state) {
    case 'gone':
      return `${edge} is gone: there is no such device`
    case 'made-anew':
      return `${edge} has no programs: the device was made anew`
    case 'detached':
      return `${edge} has no programs`
    default:
      return `${edge} lacks the program ${missing.join(', ')}${missing.includes(XDP_PROGRAM) ? `: ${withoutXdp}` : ''}`
  }
}
