// SPDX-License-Identifier: Apache-2.0
import type { Service, Spec } from '../src/spec/spec.ts'

const STATE = { ready: true, serving: true, terminating: false, forZones: [], forNodes: [] }

/** 10,000 Services, each with a cluster IP, a port of this protocol and ten endpoints of its own. */
export function manyServices(protocol: 'TCP' | 'UDP', more: Partial<Service> = {}): Spec {
  return {
    nodes: [{ name: 'n1', addresses: ['10.77.0.1'] }],
    services: Array.from({ length: 10_000 }, (_, i) => ({
      namespace: 'many',
      name: `s${String(i).padStart(5, '0')}`,
      clusterIPs: [`10.96.${i >> 8}.${i & 255}`],
      externalIPs: [],
      loadBalancerIPs: [],
      sourceRanges: [],
      internalTrafficPolicy: 'Cluster',
      externalTrafficPolicy: 'Cluster',
      ports: [{ name: '', port: 80, protocol, except: [] }],
      endpoints: [{ ports: [{ name: '', number: 8080 }], endpoints: endpointsOf(i) }],
      ...more,
    })),
  }
}

function endpointsOf(service: number) {
  return Array.from({ length: 10 }, (_, i) => {
    const number = service * 10 + i
    return { address: `10.${128 + (number >> 16)}.${(number >> 8) & 255}.${number & 255}`, node: 'n1', ...STATE }
  })
}
