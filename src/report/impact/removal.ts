// SPDX-License-Identifier: Apache-2.0
import { type Address, parseAddress } from '../../base/address.ts'
import { error, nearest, type Result } from '../../base/diagnostic.ts'
import { serviceKey } from '../../spec/name.ts'
import type { Endpoint, Service, Spec } from '../../spec/spec.ts'

/** Endpoints to take away: those of an address, or all on a node. The node and its addresses stay. */
export type Removal = { pod: Address } | { node: string }

/** `pod/ADDRESS`, `node/NAME`, or either without its prefix. */
export function resolveRemoval(text: string, spec: Spec): Result<Removal> {
  const address = parseAddress(text.replace(/^pod\//, ''))
  if (address !== undefined) {
    const isKnown = spec.services.some(s => s.endpoints.some(g => g.endpoints.some(e => e.address === address)))
    if (isKnown) return { value: { pod: address }, diagnostics: [] }
    const hint = 'a pod is known by its address, as in the endpoints of the spec'
    return unknown('unknown-pod', `no endpoint of the spec has the address ${address}`, hint)
  }
  const name = text.replace(/^node\//, '')
  if (spec.nodes.some(n => n.name === name)) return { value: { node: name }, diagnostics: [] }
  const meant = nearest(
    name,
    spec.nodes.map(n => n.name),
  )
  const hint = meant ? `did you mean node/${meant}?` : 'write pod/ADDRESS or node/NAME: a spec has no names of pods'
  return unknown('unknown-node', `"${text}" is neither a node of the spec nor an address`, hint)
}

function unknown(code: string, message: string, hint: string): Result<never> {
  return { value: undefined, diagnostics: [error(code, message, { hint })] }
}

function isRemoved(removals: readonly Removal[]): (endpoint: Endpoint) => boolean {
  return e => removals.some(removal => ('pod' in removal ? e.address === removal.pod : e.node === removal.node))
}

/** The spec without these endpoints. */
export function remove(spec: Spec, removals: readonly Removal[]): Spec {
  const isGone = isRemoved(removals)
  const withoutThem = (service: Service): Service => {
    if (!service.endpoints.some(group => group.endpoints.some(isGone))) return service
    const groups = service.endpoints.map(group => ({ ...group, endpoints: group.endpoints.filter(e => !isGone(e)) }))
    return { ...service, endpoints: groups.filter(group => group.endpoints.length > 0) }
  }
  return { nodes: spec.nodes, services: spec.services.map(withoutThem) }
}

/** The Services of a spec that have other endpoints in another one. */
export function touched(before: Spec, after: Spec): string[] {
  return before.services.filter((service, i) => service !== after.services[i]).map(serviceKey)
}
