// SPDX-License-Identifier: Apache-2.0
import { type Address, type Family, formatHostPort } from '../../base/address.ts'
import { count } from '../../base/count.ts'
import type { Protocol } from '../../base/protocol.ts'
import { ADDRESS_BYTES, isNodePort } from '../../plan/node-ports.ts'
import type { Plan } from '../../plan/plan.ts'
import type { Change, Changed } from './changes.ts'

/** The name of a frontend (`ns/name:port`) by its key, if it is known. */
export type Names = (key: string) => string | undefined

/** What identifies a frontend; a node port has no address of its own. */
interface FrontendPlace {
  address?: Address | undefined
  family: Family
  port: number
  protocol?: Protocol | undefined
}

/** `10.96.0.10:53/UDP` */
export function formatDestination(address: Address, port: number, protocol: string): string {
  return `${formatHostPort(address, port)}/${protocol}`
}

/** `10.96.0.10:53/UDP`, `[fd00::1]:53/UDP`, `nodePort:30080/TCP` (IPv6: `nodePort6`). */
export function formatFrontend({ address, family, port, protocol }: FrontendPlace): string {
  if (address !== undefined) return formatDestination(address, port, protocol ?? '?')
  return `${family === 4 ? 'nodePort' : 'nodePort6'}:${port}/${protocol ?? '?'}`
}

/**
 * How many frontends there are. A node port is one, though the maps have an entry for each family: so render counts, and so
 * `compile -o json` lists them. `keys` are keys of `frontends`.
 */
export function countFrontends(keys: Iterable<string>): number {
  return new Set([...keys].map(key => (isNodePort({ key }) ? key.slice(ADDRESS_BYTES) : key))).size
}

/** How many frontends change in each way. */
export function countChanges(changes: readonly Changed[]): Record<Change['kind'], number> {
  const of = (kind: Change['kind']) => countFrontends(changes.filter(c => c.kind === kind).map(({ key }) => key))
  return { emptied: of('emptied'), removed: of('removed'), changed: of('changed'), added: of('added') }
}

/** `2 frontends to add · 19 map writes` */
export function printTotals(changes: readonly Changed[], plan: Plan): string {
  const { emptied, removed, changed, added } = countChanges(changes)
  const parts = [
    emptied > 0 ? `${count(emptied, 'frontend')} to lose the last backend` : '',
    removed > 0 ? `${count(removed, 'frontend')} to remove` : '',
    changed > 0 ? `${count(changed, 'frontend')} to change` : '',
    added > 0 ? `${count(added, 'frontend')} to add` : '',
  ].filter(Boolean)
  return `${parts.join(', ') || 'no frontend changes'} · ${count(plan.steps.length, 'map write')}`
}
