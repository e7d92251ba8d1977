import { type Address, type Family, formatHostPort } from '../../base/address.ts'
import { count } from '../../base/count.ts'
import type { Protocol } from '../../base/protocol.ts'
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

/** `2 frontends to add · 19 map writes` */
export function printTotals(changes: readonly Changed[], plan: Plan): string {
  const of = (kind: Change['kind']) => changes.filter(c => c.kind === kind).length
  const parts = [
    of('emptied') > 0 ? `${count(of('emptied'), 'frontend')} to lose the last backend` : '',
    of('removed') > 0 ? `${count(of('removed'), 'frontend')} to remove` : '',
    of('changed') > 0 ? `${count(of('changed'), 'frontend')} to change` : '',
    of('added') > 0 ? `${count(of('added'), 'frontend')} to add` : '',
  ].filter(Boolean)
  return `${parts.join(', ') || 'no frontend changes'} · ${count(plan.steps.length, 'map write')}`
}
