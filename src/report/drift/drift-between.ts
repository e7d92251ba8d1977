// SPDX-License-Identifier: Apache-2.0
import { type Edges, NO_EDGES } from '../../compile/edges.ts'
import { formatBackend } from '../../datapath/backend.ts'
import type { Image } from '../../datapath/image.ts'
import { type Change, changesBetween } from '../change/changes.ts'
import { MEANINGS } from '../change/frontend-fields.ts'
import { outsideOnly } from '../change/list-change.ts'
import { formatFrontend, type Names } from '../change/print.ts'
import type { Drift } from './drift.ts'
import { driftBehind } from './drift-behind.ts'

/** The entries that differ from what was applied: frontends first, by risk. `edges` names the devices. */
export function driftBetween(applied: Image, held: Image, names: Names, edges: Edges = NO_EDGES): Drift[] {
  const frontends = changesBetween(applied, held).map(change => ofFrontend(change, names))
  const all = [...frontends, ...driftBehind(applied, held, names, edges)]
  return all.map(drift => ({ ...drift, key: Buffer.from(drift.key, 'latin1').toString('hex') }))
}

const KINDS = { removed: 'missing', added: 'added', changed: 'changed', emptied: 'changed' } as const

function ofFrontend(change: Change, names: Names): Drift {
  const name = names(change.key)
  return {
    map: 'frontends',
    key: change.key,
    kind: KINDS[change.kind],
    services: name === undefined ? [] : [name],
    what: `${name ?? 'no Service'} at ${formatFrontend(change)} ${stateOf(change)}`,
  }
}

function stateOf(change: Change): string {
  const { kind, before, after, gained, lost, also } = change
  if (kind === 'removed') return 'is missing'
  if (kind === 'added') return 'should not be there'
  if (before > 0 && after === 0) return `has no backend, and should have ${before}`
  const outside = outsideOnly(change)
  const list = (backends: Change['lost']) => backends.map(formatBackend).join(', ')
  const parts = [
    lost.length > 0 ? `lacks ${list(lost)}` : '',
    gained.length > 0 ? `should not have ${list(gained)}` : '',
    outside.lost.length > 0 ? `lacks ${list(outside.lost)} for clients outside` : '',
    outside.gained.length > 0 ? `should not have ${list(outside.gained)} for clients outside` : '',
    also.length > 0 ? `has ${also.map(aspect => MEANINGS[aspect].text).join(', ')}` : '',
  ].filter(Boolean)
  return parts.join('; ') || 'differs in its block id or in unused bytes'
}
