import type { Diagnostic } from '../base/diagnostic.ts'
import { byText } from '../base/sort.ts'
import type { Cluster } from '../cluster/cluster.ts'
import type { EndpointSlice } from '../cluster/endpoint-slice.ts'
import { locateFindings } from '../cluster/locate.ts'
import type { Service, Spec } from '../spec/spec.ts'
import { joinEndpoints } from './endpoints.ts'
import { checkNodeAddresses, checkNodePorts, type Exposed, settleOwners } from './frontend-owners.ts'
import { checkEndpointNodes, checkKinds } from './mistakes.ts'
import { checkNodes, renderNodes } from './nodes.ts'
import { checkService, exposureOf, SKIP_REASONS, skipReason } from './services.ts'
import { type Count, countBackends, countFrontends, findWithoutReady, type Summary } from './summary.ts'

export interface Rendered {
  spec: Spec
  diagnostics: Diagnostic[]
  summary: Summary
}

/** The dataplane spec of a cluster. Equal clusters give equal specs, whatever the order of their objects. */
export function render(cluster: Cluster): Rendered {
  const exposed: Exposed[] = cluster.services
    .filter(service => skipReason(service) === undefined)
    .sort((a, b) => byText(a.namespace, b.namespace) || byText(a.name, b.name))
    .map(source => ({ source, spec: exposureOf(source) }))
  const owned = settleOwners(exposed)
  const joined = joinAll(cluster, owned.services)
  const spec = { nodes: renderNodes(cluster.nodes), services: joined.services }
  const findings = [
    ...checkNodes(cluster.nodes),
    ...exposed.flatMap(({ source, spec }) => checkService(source, spec)),
    ...owned.findings,
    ...checkNodePorts(exposed),
    ...checkNodeAddresses(exposed, cluster.nodes),
  ]
  const diagnostics = [
    ...checkKinds(cluster),
    ...checkEndpointNodes(cluster, spec.services),
    ...locateFindings(cluster.sources, findings),
  ]
  return { spec, diagnostics, summary: summarize(cluster, spec, joined.ignored) }
}

function joinAll(cluster: Cluster, services: readonly Service[]): { services: Service[]; ignored: Count[] } {
  const zones = new Map(cluster.nodes.map(node => [node.name, node.zone]))
  const ignored: string[] = []
  const slices = new Map<string, EndpointSlice[]>()
  const names = new Set(cluster.services.map(service => `${service.namespace}/${service.name}`))
  for (const slice of cluster.slices) {
    const key = `${slice.namespace}/${slice.service}`
    const same = slices.get(key)
    if (slice.excluded) continue
    else if (slice.family === undefined) ignored.push('of type FQDN')
    else if (slice.service === '') ignored.push('without a service-name label')
    else if (!names.has(key)) ignored.push('of a Service that is not there')
    else if (same) same.push(slice)
    else slices.set(key, [slice])
  }
  const joined = services.map(service => {
    const own = slices.get(`${service.namespace}/${service.name}`) ?? []
    const { groups, outcomes } = joinEndpoints(service, own, zones)
    for (const outcome of outcomes) if (outcome !== 'used') ignored.push(outcome)
    return { ...service, endpoints: groups }
  })
  return { services: joined, ignored: count(ignored) }
}

function summarize(cluster: Cluster, spec: Spec, ignoredSlices: Count[]): Summary {
  const reasons = cluster.services.map(skipReason).filter(reason => reason !== undefined)
  const skipped = count(reasons).sort((a, b) => order(a) - order(b))
  return {
    services: spec.services.length,
    frontends: countFrontends(spec.services),
    backends: countBackends(spec.services),
    skippedServices: skipped,
    ignoredSlices,
    otherObjects: [...cluster.skipped].map(([what, count]) => ({ what, count })).sort((a, b) => byText(a.what, b.what)),
    withoutReady: findWithoutReady(spec.services),
  }
}

function order({ what }: Count): number {
  return (SKIP_REASONS as readonly string[]).indexOf(what)
}

function count(words: readonly string[]): Count[] {
  const counts = new Map<string, number>()
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1)
  return [...counts].map(([what, count]) => ({ what, count })).sort((a, b) => byText(a.what, b.what))
}
