// SPDX-License-Identifier: Apache-2.0
import type { Spec } from '../src/spec/spec.ts'
import { grouped } from './figures.ts'

/** The node that the specs are applied for. */
export const NODE = 'bench'
export const DIALLED_PORT = 53
export const BACKEND_PORT = 5353

/** A line `IP PORT` of an address that every host has. */
export const LOOPBACK = { 4: `127.0.0.1 ${DIALLED_PORT}\n`, 6: `::1 ${DIALLED_PORT}\n` }

/** How many Services of one family, each with one port and this many endpoints. */
export interface Size {
  services: number
  endpoints: number
  family: 4 | 6
  protocol: 'TCP' | 'UDP'
  /** Session affinity by client. */
  affinity?: boolean
}

/** `10,000×5 IPv6` */
export function nameOf({ services, endpoints, family, affinity }: Size): string {
  return `${grouped(services)}×${endpoints}${family === 6 ? ' IPv6' : ''}${affinity ? ' affinity' : ''}`
}

/** VIPs lie in 10.96.0.0/16 or fd10::/16; backends in 10.128.0.0/9 or fd80::/16. At most 65,536 Services. */
export function vip(size: Size, service: number): string {
  return size.family === 4 ? `10.96.${service >> 8}.${service & 255}` : `fd10::1:${service.toString(16)}`
}

/** The address of an endpoint of a Service. */
export function backendOf({ endpoints, family }: Size, service: number, endpoint: number): string {
  const number = service * endpoints + endpoint
  const [high, low] = [number >> 16, number & 0xffff]
  if (family === 6) return `fd80::${(high + 1).toString(16)}:${low.toString(16)}`
  return `10.${128 + high}.${low >> 8}.${low & 255}`
}

export function specOf(size: Size): Spec {
  return {
    nodes: [{ name: NODE, addresses: [] }],
    services: Array.from({ length: size.services }, (_, i) => ({
      namespace: 'bench',
      name: `service-${String(i).padStart(5, '0')}`,
      clusterIPs: [vip(size, i)],
      externalIPs: [],
      loadBalancerIPs: [],
      sourceRanges: [],
      internalTrafficPolicy: 'Cluster',
      externalTrafficPolicy: 'Cluster',
      ...(size.affinity ? { affinitySeconds: 10_800 } : {}),
      ports: [{ name: '', port: DIALLED_PORT, protocol: size.protocol, except: [] }],
      endpoints: [{ ports: [{ name: '', number: BACKEND_PORT }], endpoints: endpointsOf(size, i) }],
    })),
  }
}

function endpointsOf(size: Size, service: number) {
  return Array.from({ length: size.endpoints }, (_, e) => ({
    address: backendOf(size, service, e),
    node: NODE,
    ready: true,
    serving: true,
    terminating: false,
    forZones: [],
    forNodes: [],
  }))
}

/** What `look` is to know: each VIP and one backend. */
export function translations(size: Size): { from: [string, number]; to: [string, number] }[] {
  return Array.from({ length: size.services }, (_, i) => ({
    from: [vip(size, i), DIALLED_PORT],
    to: [backendOf(size, i, 0), BACKEND_PORT],
  }))
}

/** Lines `IP PORT` of every VIP. */
export function hits(size: Size): string {
  return Array.from({ length: size.services }, (_, i) => `${vip(size, i)} ${DIALLED_PORT}\n`).join('')
}

/** The same for one backend of each. */
export function backends(size: Size): string {
  return Array.from({ length: size.services }, (_, i) => `${backendOf(size, i, 0)} ${BACKEND_PORT}\n`).join('')
}

/** As many lines of addresses that are none of ours, outside of 10.0.0.0/8; equal counts give equal lines. */
export function misses(count: number): string {
  let seed = 1
  const below = (limit: number) => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
    return Math.floor((seed / 2 ** 32) * limit)
  }
  return Array.from(
    { length: count },
    () => `${11 + below(110)}.${below(256)}.${below(256)}.${below(256)} ${DIALLED_PORT}\n`,
  ).join('')
}
