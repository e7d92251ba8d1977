// SPDX-License-Identifier: Apache-2.0
import type { Address } from '../../base/address.ts'
import { encodeText } from '../../spec/line/text.ts'
import type { Endpoint, Service } from '../../spec/spec.ts'
import { isUsable } from '../service.ts'
import { type Alteration, byMember, type Member, type ServiceChange } from './review.ts'

/** The endpoints that a Service loses and gains, and the changes of those that stay. */
export function membership(old: Service, now: Service): Pick<ServiceChange, 'lost' | 'gained' | 'altered'> {
  const [before, after] = [membershipsIn(old), membershipsIn(now)]
  const memberOf = ({ endpoint }: Membership): Member => ({ address: endpoint.address, node: endpoint.node })
  const beyond = (from: ReadonlyMap<Address, Membership>, other: ReadonlyMap<Address, Membership>) =>
    [...from.values()]
      .filter(({ endpoint }) => !other.has(endpoint.address))
      .map(memberOf)
      .sort(byMember)
  const alterations = new Map<string, Member[]>()
  for (const [address, is] of after) {
    const was = before.get(address)
    if (!was) continue
    const what = alterationsOf(was, is).join(', ')
    if (what !== '') alterations.set(what, [...(alterations.get(what) ?? []), memberOf(is)])
  }
  const altered: Alteration[] = [...alterations].map(([change, endpoints]) => ({
    change,
    endpoints: endpoints.sort(byMember),
  }))
  return { lost: beyond(before, after), gained: beyond(after, before), altered }
}

/** How many addresses of a Service can get traffic. */
export function usableIn(service: Service): number {
  let count = 0
  for (const { endpoint } of membershipsIn(service).values()) if (isUsable(endpoint)) count++
  return count
}

/** An address of a Service, with the number of each port that it serves. */
interface Membership {
  endpoint: Endpoint
  ports: Map<string, number>
}

/** By address. Of several copies the best one counts: not terminating, then ready. */
function membershipsIn({ endpoints }: Service): Map<Address, Membership> {
  const memberships = new Map<Address, Membership>()
  for (const { ports, endpoints: members } of endpoints) {
    for (const endpoint of members) {
      const entry = memberships.get(endpoint.address) ?? { endpoint, ports: new Map<string, number>() }
      memberships.set(endpoint.address, entry)
      if (rank(endpoint) > rank(entry.endpoint)) entry.endpoint = endpoint
      for (const { name, number } of ports) entry.ports.set(name, number)
    }
  }
  return memberships
}

function rank({ ready, terminating }: Endpoint): number {
  return Number(!terminating) * 2 + Number(ready)
}

function alterationsOf(old: Membership, now: Membership): string[] {
  const [a, b] = [old.endpoint, now.endpoint]
  return [
    ...arrow('', stateOf(a), stateOf(b)),
    ...arrow('node ', encodeText(a.node ?? 'unknown'), encodeText(b.node ?? 'unknown')),
    ...arrow('zone ', zoneOf(a), zoneOf(b)),
    ...arrow('hint for zone ', listed(a.forZones), listed(b.forZones)),
    ...arrow('hint for node ', listed(a.forNodes), listed(b.forNodes)),
    ...portDifferences(old.ports, now.ports),
  ]
}

/** The conditions of an endpoint as text; each combination has its own. */
export function stateOf({ ready, serving, terminating }: Endpoint): string {
  if (terminating) return `${ready ? 'ready, ' : ''}terminating${serving ? ', still serving' : ''}`
  if (ready) return serving ? 'ready' : 'ready but not serving'
  return serving ? 'not ready but serving' : 'not ready'
}

function portDifferences(old: ReadonlyMap<string, number>, now: ReadonlyMap<string, number>): string[] {
  const label = (name: string) => (name === '' ? 'port' : `port ${name}`)
  const lost = [...old.keys()].filter(name => !now.has(name)).map(name => `no longer serves ${label(name)}`)
  const others = [...now].flatMap(([name, number]) => {
    const was = old.get(name)
    return was === undefined ? [`serves ${label(name)}`] : arrow(`${label(name)} `, String(was), String(number))
  })
  return [...lost, ...others]
}

function zoneOf({ zone }: Endpoint): string {
  return zone === undefined ? 'of its node' : encodeText(zone)
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.map(encodeText).join(',')
}

function arrow(name: string, old: string, now: string): string[] {
  return old === now ? [] : [`${name}${old} → ${now}`]
}
