import { formatBackend } from '../image/backend.ts'
import type { Plan } from '../plan/plan.ts'
import type { Change, Changed } from './changes.ts'

const SIGN: Record<Change['kind'], string> = { emptied: '!', removed: '-', changed: '~', added: '+' }

/** The name of a frontend (`ns/name:port`) by its key, if it is known. */
export type Names = (key: string) => string | undefined

/**
 * What a plan does, for people: one line a frontend, the riskiest first, then the totals.
 *
 *     ! shop/cart:http       10.96.7.21:80/TCP  3 → 0 backends
 *     ~ kube-system/dns:dns  10.96.0.10:53/UDP  -10.244.1.9:53 +10.244.3.7:53
 *     1 to change, 1 to lose its last backend · 2 map writes
 */
export function printChanges(
  changes: readonly Change[],
  plan: Plan,
  names: Names,
  limit = Number.POSITIVE_INFINITY,
): string {
  const shown = changes.slice(0, limit).map(change => {
    return [SIGN[change.kind], names(change.key) ?? '(unknown)', formatFrontend(change), effect(change)]
  })
  const widths = [1, 2].map(i => Math.max(0, ...shown.map(row => row[i]!.length)))
  const lines = shown.map(([sign, name, frontend, text]) =>
    `  ${sign} ${name!.padEnd(widths[0]!)}  ${frontend!.padEnd(widths[1]!)}  ${text}`.trimEnd(),
  )
  if (changes.length > limit) lines.push(`  … and ${changes.length - limit} more`)
  lines.push(printTotals(changes, plan))
  return `${lines.join('\n')}\n`
}

/** `10.96.0.10:53/UDP`, `[fd00::1]:53/UDP`, `nodePort:30080/TCP` (IPv6: `nodePort6`). */
export function formatFrontend({ address, family, port, protocol }: Change): string {
  const place =
    address === undefined ? (family === 4 ? `nodePort:${port}` : `nodePort6:${port}`) : formatBackend({ address, port })
  return `${place}/${protocol ?? '?'}`
}

function effect(change: Change): string {
  const also = change.also.map(word => `(${ALSO[word] ?? word})`)
  switch (change.kind) {
    case 'added':
      return change.after === 0 ? 'no backend' : count(change.after, 'backend')
    case 'removed':
      return `had ${count(change.before, 'backend')}`
    case 'emptied':
      return [`${change.before} → 0 backends`, ...also].join(' ')
    case 'changed':
      return [
        ...some(change.lost.map(formatBackend), '-'),
        ...some(change.gained.map(formatBackend), '+'),
        ...also,
      ].join(' ')
  }
}

const ALSO: Record<string, string> = {
  outside: 'backends for clients elsewhere',
  affinity: 'session affinity',
  ranges: 'source ranges',
  policy: 'traffic policy',
  owner: 'another Service',
}

const WIDEST_LIST = 4

function some(names: string[], sign: string): string[] {
  const shown = names.slice(0, WIDEST_LIST).map(name => sign + name)
  return names.length > WIDEST_LIST ? [...shown, `${sign}${names.length - WIDEST_LIST} more`] : shown
}

export function printTotals(changes: readonly Changed[], plan: Plan): string {
  const of = (kind: Change['kind']) => changes.filter(c => c.kind === kind).length
  const parts = [
    of('added') > 0 ? `${of('added')} to add` : '',
    of('changed') > 0 ? `${of('changed')} to change` : '',
    of('removed') > 0 ? `${of('removed')} to remove` : '',
    of('emptied') > 0 ? `${of('emptied')} to lose the last backend` : '',
  ].filter(Boolean)
  return `${parts.join(', ') || 'no frontend changes'} · ${count(plan.steps.length, 'map write')}`
}

/** `1 map write`, `21,125 map writes`. (No locale: loading one takes 20 ms.) */
export function count(n: number, noun: string): string {
  const digits = String(n).replace(/\B(?=(\d{3})+$)/g, ',')
  return `${digits} ${noun}${n === 1 ? '' : 's'}`
}
