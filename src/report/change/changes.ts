// SPDX-License-Identifier: Apache-2.0
import { type Address, byAddress, type Family, familyOf } from '../../base/address.ts'
import { type Protocol, protocolOfNumber } from '../../base/protocol.ts'
import { byText } from '../../base/sort.ts'
import { decode } from '../../datapath/codec.ts'
import type { Image } from '../../datapath/image.ts'
import { UNSPECIFIED } from '../../datapath/keys.ts'
import { servesOutside } from '../../datapath/packet/lookup-packet.ts'
import { type Aspect, aspectsThatDiffer } from './frontend-fields.ts'
import { externalChange, type FrontendInImage, internalChange, type ListChange } from './list-change.ts'

/** What happens to one frontend between two images, and to its list for clients on this node: of one that stays, what it gains and loses. */
export interface Change extends ListChange {
  /** `emptied`: it stays, but loses its last backend for clients of this node or, with edges, for those outside. */
  kind: 'emptied' | 'removed' | 'changed' | 'added'
  /** The key in `frontends`. */
  key: string
  /** Absent for a node port. */
  address: Address | undefined
  family: Family
  port: number
  protocol: Protocol | undefined
  /** What happens to the list for clients outside, of a frontend that stays: where edges serve them, and it changes in another way. */
  outside?: ListChange
  /** What else differs. */
  also: Aspect[]
}

/** What happens to one frontend, by its key in `frontends`: enough to count and to guard. */
export interface Changed {
  kind: Change['kind']
  key: string
}

/** The frontends that differ, in the order of the maps. */
export function changedFrontends(observed: Image, desired: Image): Changed[] {
  const changed: Changed[] = []
  const counts = hasEdges(observed, desired) ? BOTH_COUNTS : INTERNAL_COUNT
  for (const [key, value] of desired.frontends) {
    const old = observed.frontends.get(key)
    if (old === undefined) changed.push({ kind: 'added', key })
    else if (old !== value) changed.push({ kind: isEmptied(old, value, counts) ? 'emptied' : 'changed', key })
  }
  for (const key of observed.frontends.keys()) if (!desired.frontends.has(key)) changed.push({ kind: 'removed', key })
  return changed
}

/** Without edges no client outside gets the external list. */
function hasEdges(...images: readonly Image[]): boolean {
  return images.some(servesOutside)
}

const INTERNAL_COUNT = ['internal_count'] as const
const BOTH_COUNTS = ['internal_count', 'external_count'] as const

function isEmptied(old: string, now: string, counts: readonly (typeof BOTH_COUNTS)[number][]): boolean {
  const [before, after] = [decode('frontend', old), decode('frontend', now)]
  return counts.some(count => after[count] === 0 && before[count] > 0)
}

/** Changes in full, the riskiest first, then by address, port and protocol. */
export function describeChanges(changed: readonly Changed[], observed: Image, desired: Image): Change[] {
  const withOutside = hasEdges(observed, desired)
  return changed
    .map(({ kind, key }) => describe(kind, key, frontendIn(observed, key), frontendIn(desired, key), withOutside))
    .sort(byRisk)
}

export function changesBetween(observed: Image, desired: Image): Change[] {
  return describeChanges(changedFrontends(observed, desired), observed, desired)
}

function frontendIn(image: Image, key: string): FrontendInImage | undefined {
  const value = image.frontends.get(key)
  return value === undefined ? undefined : { frontend: decode('frontend', value), image }
}

function describe(
  kind: Change['kind'],
  key: string,
  old: FrontendInImage | undefined,
  now: FrontendInImage | undefined,
  withOutside: boolean,
): Change {
  const { address, port, protocol } = decode('frontend_key', key)
  const family = familyOf(address)
  const before = old?.frontend.internal_count ?? 0
  const after = now?.frontend.internal_count ?? 0
  const change: Change = {
    kind,
    key,
    address: address === UNSPECIFIED[family] ? undefined : address,
    family,
    port,
    protocol: protocolOfNumber(protocol),
    gained: [],
    lost: [],
    before,
    after,
    also: [],
  }
  if (!old || !now) return change
  const aspects = aspectsThatDiffer(old.frontend, now.frontend)
  // `gained` and `lost` tell them.
  aspects.delete('backends')
  const outside = externalChange(old, now, family)
  if (!outside || withOutside) aspects.delete('external-backends')
  return {
    ...change,
    ...internalChange(old, now, family),
    ...(outside && withOutside && { outside }),
    also: [...aspects],
  }
}

const RISK: Record<Change['kind'], number> = { emptied: 0, removed: 1, changed: 2, added: 3 }

function byRisk(a: Change, b: Change): number {
  if (a.kind !== b.kind) return RISK[a.kind] - RISK[b.kind]
  if (a.address === undefined || b.address === undefined) {
    if (a.address !== b.address) return a.address === undefined ? 1 : -1
    return a.family - b.family || a.port - b.port
  }
  return byAddress(a.address, b.address) || a.port - b.port || byText(a.key, b.key)
}
