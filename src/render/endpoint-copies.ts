// SPDX-License-Identifier: Apache-2.0
import { byText } from '../base/sort.ts'
import type { Endpoint, EndpointGroup } from '../spec/spec.ts'

/** A port of the Service and the number that endpoints listen on for it. */
export type PortNumber = EndpointGroup['ports'][number]

/** An endpoint out of one slice, with the ports it serves. */
export interface Copy {
  endpoint: Endpoint
  ports: PortNumber[]
  slice: string
}

/**
 * Chooses between copies of one ip:port of a service port: not terminating > ready > local > name of the slice. Whether a
 * copy is local only a node can tell, so of equally good copies one for every node stays, in the order of the slices.
 * (Upstream walks a Go map here, so the choice is by chance.)
 */
export function resolveCopies(copies: readonly Copy[]): Copy[] {
  const byAddress = new Map<string, Copy[]>()
  for (const copy of copies) {
    const same = byAddress.get(copy.endpoint.address)
    if (same) same.push(copy)
    else byAddress.set(copy.endpoint.address, [copy])
  }
  return [...byAddress.values()].flatMap(same => (same.length === 1 ? same : resolveAddress(same)))
}

function resolveAddress(copies: Copy[]): Copy[] {
  const sorted = copies
    .map(copy => ({ copy, content: JSON.stringify(copy.endpoint) }))
    .sort((a, b) => byText(a.copy.slice, b.copy.slice) || byText(a.content, b.content))
    .map(({ copy }) => copy)
  const best = new Map<string, number>()
  for (const { endpoint, ports } of sorted) {
    for (const port of ports) {
      const key = `${port.name} ${port.number}`
      best.set(key, Math.max(best.get(key) ?? 0, rank(endpoint)))
    }
  }
  const taken = new Set<string>()
  return sorted.flatMap(copy => {
    const ports = copy.ports.filter(port => {
      const key = `${port.name} ${port.number}`
      const place = `${key} ${copy.endpoint.node ?? ''}`
      if (taken.has(place) || rank(copy.endpoint) < best.get(key)!) return false
      taken.add(place)
      return true
    })
    return ports.length === 0 ? [] : [ports.length === copy.ports.length ? copy : { ...copy, ports }]
  })
}

function rank(endpoint: Endpoint): number {
  return (endpoint.terminating ? 0 : 2) + (endpoint.ready ? 1 : 0)
}
