// SPDX-License-Identifier: Apache-2.0
import { byAddress, byCidr, familyOf } from '../base/address.ts'
import { byText, sortedUnique } from '../base/sort.ts'
import type { Finding } from '../cluster/finding.ts'
import type { Service as Source } from '../cluster/service.ts'
import { serviceKey } from '../spec/name.ts'
import type { Service } from '../spec/spec.ts'

/** Why a Service has no frontends, as the summary says it. */
export const SKIP_REASONS = [
  'headless',
  'ExternalName',
  'other proxy',
  'excluded by annotation',
  'without a cluster IP',
  'without a port',
] as const
type SkipReason = (typeof SKIP_REASONS)[number]

/** kube-proxy's informers leave out what carries one of two labels, and ShouldSkipService the rest. The annotation is ours. */
export function skipReason(service: Source): SkipReason | undefined {
  if (service.otherProxy) return 'other proxy'
  if (service.excluded) return 'excluded by annotation'
  if (service.type === 'ExternalName') return 'ExternalName'
  if (service.headlessLabel || service.headless) return 'headless'
  if (service.clusterIPs.length === 0) return 'without a cluster IP'
  return service.ports.length === 0 ? 'without a port' : undefined
}

/** The exposure of a Service that counts; its endpoints come later. */
export function exposureOf(service: Source): Service {
  const families = new Set(service.clusterIPs.map(familyOf))
  const exists = (address: string) => families.has(familyOf(address))
  // One address, one frontend. Between external and balancer address kube-proxy does the same for both, except that
  // source ranges filter whatever dials the address: the balancer address stays. A cluster IP stays a cluster IP.
  const taken = new Set(service.clusterIPs)
  const loadBalancerIPs = service.loadBalancerIPs.filter(address => exists(address) && !taken.has(address))
  for (const address of loadBalancerIPs) taken.add(address)
  const externalIPs = service.externalIPs.filter(address => exists(address) && !taken.has(address))
  const ranges = loadBalancerIPs.length === 0 ? [] : service.sourceRanges.filter(range => exists(range))
  const externalTrafficPolicy = hasExternalPolicy(service) ? service.externalTrafficPolicy : 'Cluster'
  const needsHealthPort = service.type === 'LoadBalancer' && externalTrafficPolicy === 'Local'
  return {
    namespace: service.namespace,
    name: service.name,
    clusterIPs: sortedUnique(service.clusterIPs, byAddress),
    externalIPs: sortedUnique(externalIPs, byAddress),
    loadBalancerIPs: sortedUnique(loadBalancerIPs, byAddress),
    sourceRanges: sortedUnique(ranges, byCidr),
    internalTrafficPolicy: service.internalTrafficPolicy,
    externalTrafficPolicy,
    ...(needsHealthPort && service.healthCheckNodePort !== 0
      ? { healthCheckNodePort: service.healthCheckNodePort }
      : {}),
    ...(service.affinitySeconds === 0 ? {} : { affinitySeconds: service.affinitySeconds }),
    ports: [...service.ports]
      .sort((a, b) => byText(a.name, b.name))
      .map(({ name, port, protocol, nodePort }) => ({
        name,
        port,
        protocol,
        ...(nodePort === 0 ? {} : { nodePort }),
        except: [],
      })),
    endpoints: [],
  }
}

/** apiservice.ExternallyAccessible: the types for which the external policy means anything. */
function hasExternalPolicy({ type, externalIPs }: Source): boolean {
  return type === 'LoadBalancer' || type === 'NodePort' || (type === 'ClusterIP' && externalIPs.length > 0)
}

/** What is odd about one Service by itself. */
export function checkService(service: Source, spec: Service): Finding[] {
  const findings: Finding[] = []
  const name = `Service ${serviceKey(service)}`
  const warn = (code: string, path: Finding['path'], message: string, hint: string) =>
    findings.push({ severity: 'warning', code, message: `${name}: ${message}`, hint, origin: service.origin, path })
  const ingress = ['status', 'loadBalancer', 'ingress']
  for (const address of spec.clusterIPs) {
    if (!service.loadBalancerIPs.includes(address) || service.sourceRanges.length === 0) continue
    const hint = 'give the load balancer an address of its own'
    warn('vip-is-cluster-ip', ingress, `${address} is its cluster IP too, so its source ranges do not bind there`, hint)
  }
  if (service.type === 'LoadBalancer' && spec.externalTrafficPolicy === 'Local' && !spec.healthCheckNodePort) {
    const hint = 'load balancers cannot tell which nodes have endpoints'
    warn('no-health-check-port', ['spec', 'externalTrafficPolicy'], 'has no healthCheckNodePort', hint)
  }
  return findings
}
