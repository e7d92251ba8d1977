// SPDX-License-Identifier: Apache-2.0
import type { Address } from '../../base/address.ts'
import { encodeText } from '../../spec/line/text.ts'
import { serviceKey } from '../../spec/name.ts'
import type { Node, Service, Spec } from '../../spec/spec.ts'
import { vipsOf } from '../../spec/vips.ts'
import { same } from '../same.ts'
import { KIND_OF_VIPS } from '../service.ts'
import { emptiedLists } from './emptied.ts'
import { exposureDifferences, frontendTexts } from './exposure.ts'
import { membership, usableIn } from './membership.ts'
import { type NewAddress, type NodeChange, type Review, type ServiceChange, sortedByRisk } from './review.ts'

/** What a new spec changes, on all nodes together. */
export function reviewSpecs(old: Spec, now: Spec): Review {
  const before = new Map(old.services.map(service => [serviceKey(service), service]))
  const after = new Set<string>()
  const services: ServiceChange[] = []
  for (const service of now.services) {
    const key = serviceKey(service)
    after.add(key)
    const was = before.get(key)
    if (!was) services.push(coming(key, service, 'added'))
    else if (!same(was, service)) services.push(changeOf(key, was, service))
  }
  for (const [key, service] of before) if (!after.has(key)) services.push(coming(key, service, 'removed'))
  const newAddresses = now.services.flatMap(service => newAddressesOf(before.get(serviceKey(service)), service))
  return { services: sortedByRisk(services), nodes: nodeChanges(old.nodes, now.nodes), newAddresses }
}

/** An address at which the Service has no port (except=) is not new. */
function newAddressesOf(old: Service | undefined, now: Service): NewAddress[] {
  return (['externalIPs', 'loadBalancerIPs'] as const).flatMap(field =>
    now[field]
      .filter(address => !isServedAt(old, address) && isServedAt(now, address))
      .map(address => ({ address, kind: KIND_OF_VIPS[field], service: serviceKey(now) })),
  )
}

function isServedAt(service: Service | undefined, address: Address): boolean {
  if (!service || !vipsOf(service).includes(address)) return false
  return service.ports.some(port => !port.except.includes(address))
}

/** A Service that comes or goes as a whole. */
function coming(service: string, value: Service, risk: 'added' | 'removed'): ServiceChange {
  const [frontends, usable] = [frontendTexts(value), usableIn(value)]
  const isNew = risk === 'added'
  return {
    service,
    risk,
    frontends: isNew ? { lost: [], gained: frontends } : { lost: frontends, gained: [] },
    emptied: [],
    exposure: [],
    lost: [],
    gained: [],
    altered: [],
    before: isNew ? 0 : usable,
    after: isNew ? usable : 0,
  }
}

function changeOf(service: string, old: Service, now: Service): ServiceChange {
  const emptied = emptiedLists(old, now)
  const exposure = exposureDifferences(old, now)
  const members = membership(old, now)
  const [before, after] = [frontendTexts(old), frontendTexts(now)]
  const isSilent = exposure.length + members.lost.length + members.gained.length + members.altered.length === 0
  return {
    service,
    risk: emptied.length > 0 ? 'emptied' : exposure.length > 0 ? 'policy' : 'changed',
    frontends: {
      lost: before.filter(text => !after.includes(text)),
      gained: after.filter(text => !before.includes(text)),
    },
    emptied,
    exposure,
    ...members,
    altered: isSilent ? [{ change: 'endpoints in another order', endpoints: [] }] : members.altered,
    before: usableIn(old),
    after: usableIn(now),
  }
}

function nodeChanges(old: readonly Node[], now: readonly Node[]): NodeChange[] {
  const before = new Map(old.map(node => [node.name, node]))
  const after = new Map(now.map(node => [node.name, node]))
  const gone = old.filter(({ name }) => !after.has(name))
  const changed = now.flatMap(node => {
    const was = before.get(node.name)
    return was && !same(was, node)
      ? [{ node: node.name, kind: 'changed' as const, changes: nodeDifferences(was, node) }]
      : []
  })
  const come = now.filter(({ name }) => !before.has(name))
  return [
    ...gone.map(node => ({ node: node.name, kind: 'removed' as const, changes: [inZone(node)] })),
    ...changed,
    ...come.map(node => ({ node: node.name, kind: 'added' as const, changes: [inZone(node), ...node.addresses] })),
  ]
}

function inZone({ zone }: Node): string {
  return zone === undefined ? 'no zone' : `zone ${encodeText(zone)}`
}

function nodeDifferences(old: Node, now: Node): string[] {
  const zone =
    old.zone === now.zone ? [] : [`zone ${encodeText(old.zone ?? 'none')} → ${encodeText(now.zone ?? 'none')}`]
  const lost = old.addresses.filter(address => !now.addresses.includes(address)).map(address => `-${address}`)
  const gained = now.addresses.filter(address => !old.addresses.includes(address)).map(address => `+${address}`)
  const words = [...zone, ...lost, ...gained]
  return words.length > 0 ? words : ['addresses in another order']
}
