// SPDX-License-Identifier: Apache-2.0
import { thousands } from '../base/count.ts'
import { type Diagnostic, warning } from '../base/diagnostic.ts'
import { escapeLine } from '../base/escape.ts'
import { byText } from '../base/sort.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { serviceKey } from '../spec/name.ts'
import type { Service, Spec } from '../spec/spec.ts'
import { SKIP_REASONS, skipReason } from './services.ts'

/** What a render did, in numbers. */
export interface Summary {
  services: number
  /** Address, port, protocol; a node port counts once. */
  frontends: number
  /** Endpoints times the ports they serve. */
  backends: number
  /** Why Services are not in the spec. */
  skippedServices: Count[]
  /** Why EndpointSlices with endpoints give none. */
  ignoredSlices: Count[]
  /** Objects of other kinds, by kind. */
  otherObjects: Count[]
  /** By namespace and name. */
  withoutReady: WithoutReady[]
}

interface Count {
  what: string
  count: number
}

/** A Service that has no ready endpoint. */
interface WithoutReady {
  /** `namespace/name` */
  service: string
  endpoints: number
  notReady: number
  terminating: number
}

/** `ignoredSlices`: why each EndpointSlice that gives no endpoints gives none. */
export function summarize(cluster: Cluster, spec: Spec, ignoredSlices: readonly string[]): Summary {
  const reasons = cluster.services.map(skipReason).filter(reason => reason !== undefined)
  const order = ({ what }: Count) => (SKIP_REASONS as readonly string[]).indexOf(what)
  return {
    services: spec.services.length,
    frontends: countFrontends(spec.services),
    backends: countBackends(spec.services),
    skippedServices: countEach(reasons).sort((a, b) => order(a) - order(b)),
    ignoredSlices: countEach(ignoredSlices),
    otherObjects: [...cluster.skipped].map(([what, count]) => ({ what, count })).sort((a, b) => byText(a.what, b.what)),
    withoutReady: findWithoutReady(spec.services),
  }
}

function countEach(words: readonly string[]): Count[] {
  const counts = new Map<string, number>()
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1)
  return [...counts].map(([what, count]) => ({ what, count })).sort((a, b) => byText(a.what, b.what))
}

function countFrontends(services: readonly Service[]): number {
  let count = 0
  for (const { clusterIPs, externalIPs, loadBalancerIPs, ports } of services) {
    const addresses = clusterIPs.length + externalIPs.length + loadBalancerIPs.length
    for (const port of ports) count += addresses - port.except.length + (port.nodePort === undefined ? 0 : 1)
  }
  return count
}

function countBackends(services: readonly Service[]): number {
  let count = 0
  for (const service of services) {
    for (const { ports, endpoints } of service.endpoints) count += ports.length * endpoints.length
  }
  return count
}

function findWithoutReady(services: readonly Service[]): WithoutReady[] {
  return services
    .filter(({ endpoints }) => !endpoints.some(group => group.endpoints.some(endpoint => endpoint.ready)))
    .map(service => {
      const copies = service.endpoints.flatMap(group => group.endpoints)
      const all = [...new Map(copies.map(endpoint => [`${endpoint.address} ${endpoint.node}`, endpoint])).values()]
      const terminating = all.filter(endpoint => endpoint.terminating).length
      return { service: serviceKey(service), endpoints: all.length, notReady: all.length - terminating, terminating }
    })
}

const MOST_LISTED = 10

/** The summary as a few lines of text. */
export function printSummary(summary: Summary): string {
  const { services, frontends, backends, skippedServices, ignoredSlices, otherObjects, withoutReady } = summary
  const head = `${thousands(services)} services → ${thousands(frontends)} frontends, ${thousands(backends)} backends`
  const lines = [skippedServices.length === 0 ? head : `${head}   skipped ${listed(skippedServices)}`]
  if (ignoredSlices.length > 0) lines.push(`ignored EndpointSlices ${listed(ignoredSlices)}`)
  if (otherObjects.length > 0) lines.push(`ignored other objects ${listed(otherObjects)}`)
  for (const without of withoutReady.slice(0, MOST_LISTED)) lines.push(`warning: ${describe(without)}`)
  const more = withoutReady.length - MOST_LISTED
  if (more > 0) lines.push(`… and ${thousands(more)} more without ready endpoints`)
  return lines.join('\n')
}

/** The Services without a ready endpoint as warnings. */
export function warnWithoutReady({ withoutReady }: Summary): Diagnostic[] {
  return withoutReady.map(without => warning('no-ready-endpoints', describe(without)))
}

function listed(counts: readonly Count[]): string {
  const total = counts.reduce((sum, { count }) => sum + count, 0)
  return `${thousands(total)}: ${counts.map(({ what, count }) => `${thousands(count)} ${escapeLine(what)}`).join(', ')}`
}

function describe({ service, endpoints, notReady, terminating }: WithoutReady): string {
  if (endpoints === 0) return `${service} has no endpoints`
  const states = [notReady > 0 ? `${notReady} not ready` : '', terminating > 0 ? `${terminating} terminating` : '']
  const noun = endpoints === 1 ? 'endpoint' : 'endpoints'
  return `${service} has 0 ready endpoints (${endpoints} ${noun}: ${states.filter(Boolean).join(', ')})`
}
