// SPDX-License-Identifier: Apache-2.0
import type { Backend } from '../../datapath/backend.ts'
import type { Image } from '../../datapath/image.ts'
import type { Change } from '../change/changes.ts'
import { MEANINGS } from '../change/frontend-fields.ts'
import { outsideOnly } from '../change/list-change.ts'
import { formatFrontend, type Names } from '../change/print.ts'
import { type Alteration, byMember, type Member, type Review, type ServiceChange, sortedByRisk } from './review.ts'

/**
 * The difference of two images of one node: the changes of frontends, grouped by Service. A frontend that `names` does not know is a
 * group of its own.
 */
export function reviewImages(changes: readonly Change[], observed: Image, desired: Image, names: Names): Review {
  const groups = new Map<string, Change[]>()
  for (const change of changes) {
    const key = serviceOf(names, change.key) ?? `(unknown) ${change.key}`
    const group = groups.get(key)
    if (group) group.push(change)
    else groups.set(key, [change])
  }
  const [before, after] = [servicesIn(observed, names), servicesIn(desired, names)]
  const services = [...groups.values()].map(group => {
    const service = serviceOf(names, group[0]!.key)
    const isNew = service === undefined ? group[0]!.kind === 'added' : !before.has(service)
    const isGone = service === undefined ? group[0]!.kind === 'removed' : !after.has(service)
    return together(service, group, isNew ? 'added' : isGone ? 'removed' : undefined)
  })
  return { services: sortedByRisk(services), nodes: [] }
}

/** `ns/name` of `ns/name:port`. */
function serviceOf(names: Names, key: string): string | undefined {
  return names(key)?.split(':', 1)[0]
}

function servicesIn({ frontends }: Image, names: Names): Set<string> {
  const services = new Set<string>()
  for (const key of frontends.keys()) {
    const service = serviceOf(names, key)
    if (service !== undefined) services.add(service)
  }
  return services
}

/** One Service's change; `whole` when all of it comes or goes. */
function together(
  service: string | undefined,
  changes: readonly Change[],
  whole: 'added' | 'removed' | undefined,
): ServiceChange {
  const of = (kind: Change['kind']) => changes.filter(change => change.kind === kind)
  const frontends = { lost: of('removed').map(formatFrontend), gained: of('added').map(formatFrontend) }
  const before = Math.max(...changes.map(change => change.before))
  const after = Math.max(...changes.map(change => change.after))
  const base = { service, frontends, before, after }
  if (whole) return { ...base, risk: whole, emptied: [], exposure: [], lost: [], gained: [], altered: [] }
  const also = [...new Set(changes.flatMap(change => change.also))].map(aspect => MEANINGS[aspect])
  const exposure = [
    ...frontends.lost.map(text => `-${text}`),
    ...frontends.gained.map(text => `+${text}`),
    ...also.filter(({ part }) => part === 'exposure').map(({ text }) => text),
  ]
  const emptied = emptiedFrontends(of('emptied'), changes)
  const risk = emptied.length > 0 ? 'emptied' : exposure.length > 0 ? 'policy' : 'changed'
  const others = also.filter(({ part }) => part !== 'exposure').map(({ text }) => ({ change: text, endpoints: [] }))
  const members = membersOf(changes)
  return {
    ...base,
    risk,
    emptied,
    exposure,
    ...members,
    altered: [...members.altered, ...outsideOf(changes), ...others],
  }
}

function emptiedFrontends(emptied: readonly Change[], all: readonly Change[]): string[] {
  const [inside, outside] = [emptied.filter(isEmptiedInside), emptied.filter(change => !isEmptiedInside(change))]
  const told = outside.map(
    change => `${formatFrontend(change)}: ${change.outside!.before} → 0 backends for clients outside`,
  )
  if (inside.length === 0) return told
  const most = Math.max(...inside.map(change => change.before))
  if (all.every(({ after }) => after === 0)) return [`${most} → 0 backends`]
  return [...inside.map(change => `${formatFrontend(change)}: ${change.before} → 0 backends`), ...told]
}

/** Else it is emptied for clients outside alone. */
function isEmptiedInside({ before, after }: Change): boolean {
  return before > 0 && after === 0
}

function outsideOf(changes: readonly Change[]): Alteration[] {
  const { lost, gained } = membersOf(changes.map(outsideOnly))
  return [
    { change: 'lost for clients outside', endpoints: lost },
    { change: 'gained for clients outside', endpoints: gained },
  ].filter(({ endpoints }) => endpoints.length > 0)
}

/** Backends of all frontends by address. An address whose port changes stays. */
function membersOf(
  changes: readonly Pick<Change, 'lost' | 'gained'>[],
): Pick<ServiceChange, 'lost' | 'gained' | 'altered'> {
  const lost = byAddressIn(changes.flatMap(change => change.lost))
  const gained = byAddressIn(changes.flatMap(change => change.gained))
  const alterations = new Map<string, Member[]>()
  for (const [address, was] of lost) {
    const now = gained.get(address)
    if (now === undefined) continue
    const what = `port ${[...was].join(',')} → ${[...now].join(',')}`
    alterations.set(what, [...(alterations.get(what) ?? []), { address }])
  }
  const beyond = (from: ReadonlyMap<string, unknown>, other: ReadonlyMap<string, unknown>) =>
    [...from.keys()]
      .filter(address => !other.has(address))
      .map(address => ({ address }))
      .sort(byMember)
  const altered: Alteration[] = [...alterations].map(([change, endpoints]) => ({
    change,
    endpoints: endpoints.sort(byMember),
  }))
  return { lost: beyond(lost, gained), gained: beyond(gained, lost), altered }
}

/** The ports of each address. */
function byAddressIn(backends: readonly Backend[]): Map<string, Set<number>> {
  const ports = new Map<string, Set<number>>()
  for (const { address, port } of backends) ports.set(address, (ports.get(address) ?? new Set()).add(port))
  return ports
}
