// SPDX-License-Identifier: Apache-2.0
import type { Diagnostic } from '../base/diagnostic.ts'
import type { Cluster } from '../cluster/cluster.ts'
import type { EndpointSlice } from '../cluster/endpoint-slice.ts'
import { locateFindings } from '../cluster/locate.ts'
import type { Service } from '../cluster/service.ts'
import { serviceKey } from '../spec/name.ts'
import { byServiceName } from '../spec/normalise.ts'
import type { Spec } from '../spec/spec.ts'
import { checkEndpointNodes, checkKinds, checkServiceRange } from './mistakes.ts'
import { renderNodes } from './nodes.ts'
import { Rendering } from './rendering.ts'
import { skipReason } from './services.ts'
import { type Summary, summarize } from './summary.ts'

export interface RenderResult {
  spec: Spec
  diagnostics: Diagnostic[]
  summary: Summary
}

/** The dataplane spec of a cluster. Equal clusters give equal specs, whatever the order of their objects. */
export function render(cluster: Cluster): RenderResult {
  const rendering = new Rendering()
  // In the order of the spec, so that it need not be sorted again.
  const sorted = cluster.services.toSorted(byServiceName)
  const services = new Map(sorted.map(service => [serviceKey(service), service]))
  const { slices, ignored } = slicesByService(cluster.slices, services)
  rendering.change({ services, slices, nodes: cluster.nodes })
  const spec = { nodes: renderNodes(cluster.nodes), services: rendering.services() }
  for (const outcome of rendering.outcomes()) if (outcome !== 'used') ignored.push(outcome)
  const diagnostics = [
    ...checkKinds(cluster),
    ...checkServiceRange(cluster),
    ...checkEndpointNodes(cluster, spec.services),
    ...locateFindings(cluster.sources, rendering.findings()),
  ]
  return { spec, diagnostics, summary: summarize(cluster, spec, ignored) }
}

/** Whether an EndpointSlice may have endpoints of the Service that its label names. */
export function isJoined({ family, service, excluded }: EndpointSlice): boolean {
  return family !== undefined && service !== '' && !excluded
}

/** The slices of each Service by `namespace/name`, and why the others belong to none. */
function slicesByService(
  all: readonly EndpointSlice[],
  services: ReadonlyMap<string, Service>,
): { slices: Map<string, EndpointSlice[]>; ignored: string[] } {
  const ignored: string[] = []
  const slices = new Map<string, EndpointSlice[]>()
  for (const slice of all) {
    const key = serviceKey({ namespace: slice.namespace, name: slice.service })
    const same = slices.get(key)
    const service = services.get(key)
    if (slice.family === undefined) ignored.push('of type FQDN')
    else if (slice.service === '') ignored.push('without a service-name label')
    else if (!service) ignored.push('of a Service that is not there')
    // A Service that is skipped is counted as one.
    else if (skipReason(service) !== undefined) continue
    else if (!isJoined(slice)) ignored.push('with the label of a headless Service or of another proxy')
    else if (same) same.push(slice)
    else slices.set(key, [slice])
  }
  return { slices, ignored }
}
