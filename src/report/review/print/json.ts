// SPDX-License-Identifier: Apache-2.0

import { escapeJson } from '../../../base/escape.ts'
import { headOf } from '../../../base/form.ts'
import { formatJson } from '../../../base/format-json.ts'
import { summariseImpact } from '../../impact/print.ts'
import { countsOf, isEqual, type Review, type ServiceChange, serviceName } from '../review.ts'
import { formatEdge, formatNodeChange, formatServiceChange } from './format.ts'

/** A side of a comparison. */
export interface Side {
  name: string
  /** Of its spec, in hex; absent where there is none. */
  revision?: string | undefined
}

export interface Sides {
  old: Side
  new: Side
}

/** The versioned form: schema/review.v1alpha1.json. One Service a line. `equal` is also false when only map entries differ. */
export function printReviewJson(review: Review, sides: Sides, equal = isEqual(review), mapWrites?: number): string {
  const head = { ...headOf('Review'), ...sides, equal, counts: countsOf(review), mapWrites }
  const told = Object.entries(head).filter(([, value]) => value !== undefined)
  const fields = told.map(([name, value]) => `${JSON.stringify(name)}: ${escapeJson(JSON.stringify(value))}`)
  const lists: [string, object[]][] = [
    ['services', review.services.map(row)],
    ['nodes', review.nodes.map(change => ({ ...change, summary: formatNodeChange(change) }))],
  ]
  if (review.edges) lists.unshift(['edges', review.edges.map(edge => ({ ...edge, summary: formatEdge(edge) }))])
  if (review.newAddresses) lists.push(['newAddresses', review.newAddresses])
  if (review.impact) lists.push(['impact', review.impact.map(summariseImpact)])
  const texts = lists.map(([name, rows]) => `"${name}": ${list(rows)}`)
  return `{\n  ${[...fields, ...texts].join(',\n  ')}\n}\n`
}

function row(change: ServiceChange) {
  const { service, risk, frontends, emptied, exposure, lost, gained, altered, before, after } = change
  const name = serviceName(change)
  const rest = { frontends, emptied, exposure, lost, gained, altered, before, after }
  return { service: service ?? null, name, risk, summary: formatServiceChange(change), ...rest }
}

function list(rows: readonly object[]): string {
  return rows.length === 0 ? '[]' : `[\n    ${rows.map(value => formatJson(value, true)).join(',\n    ')}\n  ]`
}
