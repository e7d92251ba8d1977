// SPDX-License-Identifier: Apache-2.0
import { type Address, byAddress, type Family, familyOf } from '../../base/address.ts'
import { type Protocol, protocolOfNumber } from '../../base/protocol.ts'
import { byText } from '../../base/sort.ts'
import { type Backend, formatBackend } from '../../datapath/backend.ts'
import { externalBackends, internalBackends } from '../../datapath/blocks.ts'
import { decode, type StructValue } from '../../datapath/codec.ts'
import type { Image } from '../../datapath/image.ts'
import { UNSPECIFIED } from '../../datapath/keys.ts'
import { type Aspect, aspectsThatDiffer } from './frontend-fields.ts'

/** What happens to one frontend between two images. */
export interface Change {
  /** `emptied`: it stays, but loses its last backend for clients of this node. */
  kind: 'emptied' | 'removed' | 'changed' | 'added'
  /** The key in `frontends`. */
  key: string
  /** Absent for a node port. */
  address: Address | undefined
  family: Family
  port: number
  protocol: Protocol | undefined
  /** For clients on this node; only of frontends that stay. */
  gained: Backend[]
  lost: Backend[]
  /** Backends before and after, for clients on this node. */
  before: number
  after: number
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
  for (const [key, value] of desired.frontends) {
    const old = observed.frontends.get(key)
    if (old === undefined) changed.push({ kind: 'added', key })
    else if (old !== value) changed.push({ kind: isEmptied(old, value) ? 'emptied' : 'changed', key })
  }
  for (const key of observed.frontends.keys()) if (!desired.frontends.has(key)) changed.push({ kind: 'removed', key })
  return changed
}

function isEmptied(old: string, now: string): boolean {
  return decode('frontend', now).internal_count === 0 && decode('frontend', old).internal_count > 0
}

/** Changes in full, the riskiest first, then by address, port and protocol. */
export function describeChanges(changed: readonly Changed[], observed: Image, desired: Image): Change[] {
  return changed
    .map(({ kind, key }) => describe(kind, key, frontendIn(observed, key), frontendIn(desired, key)))
    .sort(byRisk)
}

export function changesBetween(observed: Image, desired: Image): Change[] {
  return describeChanges(changedFrontends(observed, desired), observed, desired)
}

interface FrontendInImage {
  frontend: StructValue<'frontend'>
  image: Image
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
  return old && now ? { ...change, ...compare(old, now, family) } : change
}

/** What differs between two versions of one frontend. */
function compare(old: FrontendInImage, now: FrontendInImage, family: Family): Pick<Change, 'gained' | 'lost' | 'also'> {
  const [before, after] = [internalByName(old, family), internalByName(now, family)]
  return {
    gained: [...after].filter(([name]) => !before.has(name)).map(([, backend]) => backend),
    lost: [...before].filter(([name]) => !after.has(name)).map(([, backend]) => backend),
    also: otherDifferences(old, now, family),
  }
}

function internalByName({ image, frontend }: FrontendInImage, family: Family): Map<string, Backend> {
  return new Map((internalBackends(image, frontend, family) ?? []).map(b => [formatBackend(b), b]))
}

/** Do the backends for clients elsewhere differ, and not because they are those for clients of this node? */
function externalDiffers(old: FrontendInImage, now: FrontendInImage, family: Family): boolean {
  const isSame = ({ frontend }: FrontendInImage) => frontend.external_block === frontend.internal_block
  if (isSame(old) && isSame(now)) return false
  return externalText(old, family) !== externalText(now, family)
}

function externalText({ image, frontend }: FrontendInImage, family: Family): string {
  return (externalBackends(image, frontend, family) ?? []).map(formatBackend).join(' ')
}

/** `gained` and `lost` tell the backends for clients of this node. */
function otherDifferences(old: FrontendInImage, now: FrontendInImage, family: Family): Aspect[] {
  const aspects = aspectsThatDiffer(old.frontend, now.frontend)
  aspects.delete('backends')
  if (!externalDiffers(old, now, family)) aspects.delete('external-backends')
  return [...aspects]
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
