// SPDX-License-Identifier: Apache-2.0
import { serviceKey } from '../../spec/name.ts'
import type { Service, Spec } from '../../spec/spec.ts'
import { type Review, type ServiceChange, sortedByRisk } from './review.ts'

/** The two halves of a spec. */
export const PARTS = ['exposure', 'endpoints'] as const
export type Part = (typeof PARTS)[number]

/** A review of one half: Services that come and go, and nodes, are exposure. Edges come from the node, not from a spec. */
export function only(part: Part, { services, nodes, edges: _, ...rest }: Review): Review {
  const kept = services.flatMap(change => (part === 'exposure' ? exposurePart(change) : endpointsPart(change)))
  return { ...rest, services: sortedByRisk(kept), nodes: part === 'exposure' ? nodes : [] }
}

function exposurePart(change: ServiceChange): ServiceChange[] {
  if (isWhole(change)) return [change]
  if (change.exposure.length === 0) return []
  return [{ ...change, risk: 'policy', emptied: [], lost: [], gained: [], altered: [] }]
}

function endpointsPart(change: ServiceChange): ServiceChange[] {
  const { emptied, lost, gained, altered } = change
  if (isWhole(change) || emptied.length + lost.length + gained.length + altered.length === 0) return []
  const risk = emptied.length > 0 ? 'emptied' : 'changed'
  return [{ ...change, risk, exposure: [], frontends: { lost: [], gained: [] } }]
}

function isWhole({ risk }: ServiceChange): boolean {
  return risk === 'added' || risk === 'removed'
}

/** The old spec with only this half of the new one. */
export function partly(part: Part, old: Spec, now: Spec): Spec {
  const others = new Map(
    (part === 'exposure' ? old : now).services.map(service => [serviceKey(service), service.endpoints]),
  )
  const withOthers = (service: Service) => ({
    ...service,
    endpoints: others.get(serviceKey(service)) ?? service.endpoints,
  })
  const { nodes, services } = part === 'exposure' ? now : old
  return { nodes, services: services.map(withOthers) }
}
