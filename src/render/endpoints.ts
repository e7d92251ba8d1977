// SPDX-License-Identifier: Apache-2.0
import { byAddress, familyOf } from '../base/address.ts'
import { byText } from '../base/sort.ts'
import type { EndpointSlice } from '../cluster/endpoint-slice.ts'
import { byEndpoint } from '../spec/normalise.ts'
import type { EndpointGroup, Service } from '../spec/spec.ts'
import { toEndpoint } from './endpoint.ts'
import { type Copy, type PortNumber, resolveCopies } from './endpoint-copies.ts'

/** What becomes of one EndpointSlice, as the summary says it. */
export type SliceOutcome = 'used' | 'of a family without a cluster IP' | 'with no port of its Service'

/** Joins a Service with its slices. Endpoints that serve the same ports at the same numbers become one group. */
export function joinEndpoints(
  service: Service,
  slices: readonly EndpointSlice[],
  zones: ReadonlyMap<string, string>,
): { groups: EndpointGroup[]; outcomes: SliceOutcome[] } {
  const families = new Set(service.clusterIPs.map(familyOf))
  const outcomes: SliceOutcome[] = []
  const copies: Copy[] = []
  for (const slice of slices) {
    if (slice.family === undefined || !families.has(slice.family)) {
      outcomes.push('of a family without a cluster IP')
      continue
    }
    const joined = joinPorts(service, slice)
    outcomes.push(joined.length === 0 && slice.endpoints.length > 0 ? 'with no port of its Service' : 'used')
    for (const ports of joined) {
      for (const source of slice.endpoints) {
        copies.push({ endpoint: toEndpoint(source, zones), ports, slice: slice.name })
      }
    }
  }
  copies.sort((a, b) => byAddress(a.endpoint.address, b.endpoint.address))
  const repeats = copies.some((copy, i) => copy.endpoint.address === copies[i + 1]?.endpoint.address)
  const groups = groupByPorts(repeats ? resolveCopies(copies) : copies)
  if (repeats) for (const { endpoints } of groups) endpoints.sort(byEndpoint)
  return { groups, outcomes }
}

/**
 * Service ports join slice ports by name and protocol (targetPort says nothing here). One map from name to number; more
 * maps when a slice gives a name several numbers, which no controller does.
 */
function joinPorts(service: Service, slice: EndpointSlice): PortNumber[][] {
  const maps: PortNumber[][] = []
  for (const { name, protocol } of service.ports) {
    const numbers = slice.ports.filter(port => port.name === name && port.protocol === protocol).map(p => p.number)
    for (const [i, number] of [...new Set(numbers)].sort((a, b) => a - b).entries()) {
      const map = maps[i] ?? []
      map.push({ name, number })
      maps[i] = map
    }
  }
  return maps
}

/** Groups by ports; the endpoints, which come by address and slice, keep their order. */
function groupByPorts(copies: readonly Copy[]): EndpointGroup[] {
  const groups = new Map<string, { ports: PortNumber[]; copies: Copy[] }>()
  for (const copy of copies) {
    const key = keyOf(copy.ports)
    const group = groups.get(key)
    if (group) group.copies.push(copy)
    else groups.set(key, { ports: copy.ports, copies: [copy] })
  }
  return [...groups.values()]
    .sort((a, b) => byPorts(a.ports, b.ports))
    .map(({ ports, copies }) => ({ ports, endpoints: copies.map(copy => copy.endpoint) }))
}

const keys = new WeakMap<PortNumber[], string>()

function keyOf(ports: PortNumber[]): string {
  const known = keys.get(ports)
  if (known !== undefined) return known
  const key = JSON.stringify(ports.map(({ name, number }) => [name, number]))
  keys.set(ports, key)
  return key
}

function byPorts(a: readonly PortNumber[], b: readonly PortNumber[]): number {
  for (const [i, left] of a.entries()) {
    const right = b[i]
    if (!right) return 1
    const order = byText(left.name, right.name) || left.number - right.number
    if (order !== 0) return order
  }
  return a.length - b.length
}
