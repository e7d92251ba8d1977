// SPDX-License-Identifier: Apache-2.0
import type { Endpoint, Service, Spec } from '../../src/spec/spec.ts'

const NODES = [1, 2, 3].map(n => ({ name: `n${n}`, addresses: [`192.168.50.${n}`, `fd00:50::${n}`] }))

/** A pod of the world, by its name: `p23`. */
export function pod(name: string): Endpoint {
  const [, n, i] = /^p(\d)(\d)$/.exec(name)!
  const state = { ready: true, serving: true, terminating: false, forZones: [], forNodes: [] }
  return { address: `10.244.${n}.1${i}`, node: `n${n}`, ...state }
}

/** A Service at 10.96.0.N:80/TCP in front of port 8080 of these pods. */
export function service(n: number, ...pods: string[]): Service {
  return {
    namespace: 'default',
    name: `s${String(n).padStart(5, '0')}`,
    clusterIPs: [vip(n)],
    externalIPs: [],
    loadBalancerIPs: [],
    sourceRanges: [],
    internalTrafficPolicy: 'Cluster',
    externalTrafficPolicy: 'Cluster',
    ports: [{ name: 'http', port: 80, protocol: 'TCP', except: [] }],
    endpoints: pods.length === 0 ? [] : [{ ports: [{ name: 'http', number: 8080 }], endpoints: pods.sort().map(pod) }],
  }
}

export function vip(n: number): string {
  return `10.96.${n >> 8}.${n & 255}`
}

export function specWith(...services: Service[]): Spec {
  return { nodes: NODES, services }
}
