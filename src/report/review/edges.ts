// SPDX-License-Identifier: Apache-2.0
import type { Address } from '../../base/address.ts'
import type { Edge, Edges } from '../../compile/edges.ts'
import { decode, encodeU32, type StructValue } from '../../datapath/codec.ts'
import type { Image } from '../../datapath/image.ts'
import { UNSPECIFIED } from '../../datapath/keys.ts'
import { enums } from '../../datapath/layout.gen.ts'

/** A device that ceases to be an edge, gets its programs again, changes, or becomes one. */
export interface EdgeReview {
  device: string
  /** It is the host's side of a pod's device. */
  pod: boolean
  kind: 'lost' | 'repaired' | 'changed' | 'gained'
  /** The sources of packets for backends elsewhere; none of an edge that is lost. */
  addresses: Address[]
  /** Whether XDP serves it too. */
  xdp: boolean
  /** `IPv4 source 192.168.1.1 → 192.168.1.9` */
  changes: string[]
}

/** The edges that are to be, and by name what an apply does with devices. */
interface EdgePlan {
  edges: Edges
  lost: readonly string[]
  repaired: readonly string[]
  gained: readonly string[]
  xdpGained: readonly string[]
  xdpLost: readonly string[]
  /** Those that are, or were, the host's sides of pods' devices. */
  pods: ReadonlySet<string>
  /** Why edges have no XDP, by device. */
  xdp: { without: ReadonlyMap<string, string> }
}

/** What an apply does with edges, the riskiest first. Without `observed` no edge can be compared with what it was. */
export function reviewEdges(plan: EdgePlan, observed?: Image): EdgeReview[] {
  const { edges, lost, repaired, gained } = plan
  const byName = new Map(edges.devices.map(edge => [edge.device, edge]))
  const review = (device: string, kind: EdgeReview['kind'], changes: string[] = []): EdgeReview => {
    const { nat4, nat6, xdp = false } = byName.get(device) ?? {}
    const addresses = [nat4, nat6].filter(address => address !== undefined)
    return { device, pod: plan.pods.has(device), kind, addresses, xdp, changes }
  }
  const told = new Set([...repaired, ...gained])
  const changed = edges.devices.flatMap(edge => {
    const changes = told.has(edge.device) ? [] : [...changesOf(edge, edges, observed), ...xdpChange(edge, plan)]
    return changes.length === 0 ? [] : [review(edge.device, 'changed', changes)]
  })
  return [
    ...lost.map(device => review(device, 'lost')),
    ...repaired.map(device => review(device, 'repaired')),
    ...changed,
    ...gained.map(device => review(device, 'gained')),
  ]
}

const { DEVICE_OTHER_PROXY } = enums.device_flags

function changesOf({ ifindex, nat4, nat6 }: Edge, { otherProxy }: Edges, observed: Image | undefined): string[] {
  const value = observed?.devices.get(encodeU32(ifindex))
  if (value === undefined) return []
  const old = decode('device', value)
  const hadProxy = (old.flags & DEVICE_OTHER_PROXY) !== 0
  return [
    sourceChange('IPv4', old.nat4, nat4),
    sourceChange('IPv6', old.nat6, nat6),
    hadProxy === otherProxy ? '' : otherProxy ? 'another proxy serves beside it' : 'no other proxy serves beside it',
  ].filter(Boolean)
}

function xdpChange({ device }: Edge, { xdpGained, xdpLost, xdp }: EdgePlan): string[] {
  if (xdpGained.includes(device)) return ['XDP added']
  return xdpLost.includes(device) ? [`XDP removed: ${xdp.without.get(device)}`] : []
}

function sourceChange(family: string, old: StructValue<'device'>['nat4'], now: Address | undefined): string {
  const before = old === UNSPECIFIED[6] ? undefined : old
  return before === now ? '' : `${family} source ${before ?? 'none'} → ${now ?? 'none'}`
}
