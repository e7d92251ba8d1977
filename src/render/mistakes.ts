// SPDX-License-Identifier: Apache-2.0
import { type Diagnostic, error, warning } from '../base/diagnostic.ts'
import { byText } from '../base/sort.ts'
import type { Cluster } from '../cluster/cluster.ts'
import type { Service as Source } from '../cluster/service.ts'
import { serviceKey } from '../spec/name.ts'
import type { Service } from '../spec/spec.ts'

/**
 * Errors that are a likely mistake and not a wish, as far as we can tell: an export that lacks a kind would take traffic
 * away from everything. `--force` makes warnings of them.
 */
export const LIKELY_MISTAKES: readonly string[] = ['no-objects', 'no-endpoint-slices', 'no-nodes']

const HINT = 'kubectl get nodes,services,endpointslices -A -o yaml has them all; --force renders without'

export function checkKinds({ nodes, services, slices, skipped }: Cluster): Diagnostic[] {
  if (nodes.length + services.length + slices.length === 0) {
    const kinds = [...skipped].map(([kind, count]) => `${count} ${kind}`).join(', ')
    const found = kinds === '' ? '' : ` (found ${kinds})`
    return [error('no-objects', `there is no Node, Service or EndpointSlice${found}`, { hint: HINT })]
  }
  const diagnostics: Diagnostic[] = []
  if (services.length > 0 && slices.length === 0) {
    const message = `there are ${services.length} Services but no EndpointSlice: every one would refuse all traffic`
    diagnostics.push(error('no-endpoint-slices', message, { hint: HINT }))
  }
  if (nodes.length === 0) diagnostics.push(error('no-nodes', 'there is no Node', { hint: HINT }))
  return diagnostics
}

const MOST_NAMES = 5

/** A cluster whose service range is of class E has no cluster IP that is served. */
export function checkServiceRange({ services }: Cluster): Diagnostic[] {
  const isOurs = ({ otherProxy, excluded }: Source) => !otherProxy && !excluded
  const names = services.filter(one => one.classEClusterIPs.length > 0 && isOurs(one)).map(serviceKey)
  if (names.length === 0) return []
  const [verb, noun] = names.length === 1 ? ['has a cluster IP', 'Service'] : ['have cluster IPs', 'Services']
  const message = `${names.length} ${noun} ${verb} of class E (240.0.0.0/4), which are never VIPs and are not served: ${someOf(names)}`
  const hint =
    'give the cluster another service range (--service-cluster-ip-range of kube-apiserver, or a ServiceCIDR), or keep kube-proxy there'
  return [warning('class-e-cluster-ips', message, { hint })]
}

/** Endpoints on nodes that the export does not hold are served, but those nodes cannot apply the spec. */
export function checkEndpointNodes({ nodes }: Cluster, services: readonly Service[]): Diagnostic[] {
  if (nodes.length === 0) return []
  const known = new Set(nodes.map(node => node.name))
  const unknown = new Set<string>()
  for (const { endpoints } of services) {
    for (const group of endpoints) {
      for (const { node } of group.endpoints) if (node !== undefined && !known.has(node)) unknown.add(node)
    }
  }
  if (unknown.size === 0) return []
  const message = `endpoints are on nodes that the export does not hold: ${someOf([...unknown])}`
  return [warning('unknown-node', message, { hint: 'export Nodes and EndpointSlices at the same moment' })]
}

/** `a, b, c, d, e and 7 more` */
function someOf(names: readonly string[]): string {
  const more = names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : ''
  return `${names.toSorted(byText).slice(0, MOST_NAMES).join(', ')}${more}`
}
