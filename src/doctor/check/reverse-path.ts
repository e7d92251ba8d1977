// SPDX-License-Identifier: Apache-2.0
import type { Route } from '../../host/devices/device-facts.ts'
import { readDeviceFacts } from '../../host/devices/read-facts.ts'
import { sysctl } from '../../host/forwarding.ts'
import { edgeCheck } from '../edges.ts'
import { ok, warn } from '../finding.ts'

const STRICT = 1

/** The kernel takes the larger of both settings. */
function isStrict(device: string): boolean {
  const values = ['all', device].map(name => Number(sysctl('ipv4', 'conf', name, 'rp_filter') ?? 0))
  return Math.max(...values) === STRICT
}

/**
 * Behind an edge a packet for a pod has the pod as its destination, and the strict filter asks whether the pod would answer by
 * the same device. A rule that sends pods' answers by another card (a second ENI) makes it say no.
 */
export const reversePath = edgeCheck(
  'reverse-path',
  'no edge drops packets because pods answer by another one',
  async edges => {
    const { routes } = await readDeviceFacts()
    const devices = new Set(edges.map(({ device }) => device))
    const isDefault = ({ family, prefix }: Route) => family === 4 && prefix === 96
    const others = routes.filter(r => isDefault(r) && r.table !== 'main' && r.devices.some(d => devices.has(d)))
    const strict = edges.map(({ device }) => device).filter(isStrict)
    const asymmetric = strict.filter(device => others.some(route => !route.devices.includes(device)))
    if (asymmetric.length === 0) return ok('no edge filters strictly by reverse path where routes are asymmetric')
    const tables = [...new Set(others.map(({ table }) => table))].join(', ')
    return warn(
      `${asymmetric.join(', ')} filters strictly by reverse path, and the default route of table ${tables} leads by another edge: packets for pods that answer there are dropped`,
      `sysctl -w ${asymmetric.map(device => `net.ipv4.conf.${device}.rp_filter=2`).join(' ')}`,
    )
  },
)
