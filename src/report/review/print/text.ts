// SPDX-License-Identifier: Apache-2.0
import { escapeLine } from '../../../base/escape.ts'
import { type Paint, plain } from '../../../base/paint.ts'
import { printImpact, summariseImpact } from '../../impact/print.ts'
import type { EdgeReview } from '../edges.ts'
import { type Review, serviceName } from '../review.ts'
import {
  EDGE_SIGNS,
  formatEdge,
  formatNewAddress,
  formatNodeChange,
  formatServiceChange,
  formatTotals,
  NO_IMPACT,
  signOf,
} from './format.ts'

interface TextOptions {
  paint?: Paint
  /** Shows at most this many Services. */
  limit?: number
  /** Texts after the totals: `2 map writes`. */
  remarks?: readonly string[]
}

/**
 * The text form: one line an edge, one a Service, the riskiest first, then nodes, then the totals.
 *
 *     ! shop/cart        3 → 0 endpoints; -10.244.1.9 -10.244.2.4 -10.244.3.1
 *     ~ kube-system/dns  -10.244.1.9 +10.244.3.7
 *     Services: 1 to lose the last endpoint, 1 to change · 2 map writes
 */
export function printReviewText(review: Review, options: TextOptions = {}): string {
  const { paint = plain, limit = Number.POSITIVE_INFINITY, remarks = [] } = options
  const shown = review.services.slice(0, limit)
  const width = shown.reduce((widest, change) => Math.max(widest, serviceName(change).length), 0)
  const lines = edgeLines(review.edges ?? [], paint)
  const services = shown.map(
    change => `  ${signOf(change.risk, paint)} ${serviceName(change).padEnd(width)}  ${formatServiceChange(change)}`,
  )
  lines.push(...services)
  if (review.services.length > limit) lines.push(`  … and ${review.services.length - limit} more`)
  for (const one of review.newAddresses ?? []) lines.push(`  ${paint('warn', '*')} ${formatNewAddress(one)}`)
  for (const change of review.nodes) lines.push(`  ${paint('warn', '*')} ${formatNodeChange(change)}`)
  if (review.impact?.length === 0) lines.push(`on the nodes: ${NO_IMPACT}`)
  else if (review.impact) lines.push(...printImpact(review.impact.map(summariseImpact), paint))
  lines.push([formatTotals(review) || 'no Service changes', ...remarks].join(' · '))
  return `${lines.join('\n')}\n`
}

/** One line an edge, in their order. */
export function edgeLines(edges: readonly EdgeReview[], paint: Paint = plain): string[] {
  return edges.map(edge => {
    const { tone, sign } = EDGE_SIGNS[edge.kind]
    return `  ${paint(tone, sign)} ${escapeLine(formatEdge(edge))}`
  })
}
