// SPDX-License-Identifier: Apache-2.0

/** How many Services a cluster of the section Agent has, and how many endpoints each of them. */
export const SERVICES = 10_000
export const ENDPOINTS = 10

/** The objects of a cluster as a watch sends them: JSON. */
export function nodeBytes(): Buffer {
  const addresses = [{ type: 'InternalIP', address: '192.168.50.1' }]
  return bytesOf({ metadata: { name: 'n1' }, status: { addresses } })
}

export function serviceBytes(i: number): Buffer {
  const address = `10.${96 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}`
  const ports = [{ name: 'http', port: 80, protocol: 'TCP', targetPort: 8080 }]
  const metadata = { namespace: 'many', name: `s${i}`, creationTimestamp: '2026-01-01T00:00:00Z' }
  return bytesOf({ metadata, spec: { type: 'ClusterIP', clusterIP: address, clusterIPs: [address], ports } })
}

/** The slice of a Service; `isReady` is about its first endpoint, the others are. */
export function sliceBytes(i: number, isReady: boolean): Buffer {
  const endpoints = Array.from({ length: ENDPOINTS }, (_, n) => ({
    addresses: [`10.${128 + n}.${(i >> 8) & 255}.${i & 255}`],
    conditions: { ready: isReady || n > 0, serving: isReady || n > 0, terminating: false },
    nodeName: `n${n + 1}`,
    zone: 'a',
  }))
  const labels = { 'kubernetes.io/service-name': `s${i}` }
  const ports = [{ name: 'http', port: 8080, protocol: 'TCP' }]
  return bytesOf({ metadata: { namespace: 'many', name: `s${i}-1`, labels }, addressType: 'IPv4', endpoints, ports })
}

function bytesOf(object: object): Buffer {
  return Buffer.from(JSON.stringify(object))
}
