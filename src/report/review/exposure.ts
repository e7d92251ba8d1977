// SPDX-License-Identifier: Apache-2.0
import { familyOf } from '../../base/address.ts'
import { familiesOf } from '../../compile/families.ts'
import { printPortLine } from '../../spec/line/port.ts'
import type { Port, Service } from '../../spec/spec.ts'
import { vipsOf } from '../../spec/vips.ts'
import { formatDestination } from '../change/print.ts'
import { same } from '../same.ts'
import { VIP_FIELDS } from '../service.ts'

/** The differences of two versions of a Service in exposure: `externalTrafficPolicy Cluster → Local`. */
export function exposureDifferences(old: Service, now: Service): string[] {
  return [
    ...valueDifference('exposed as', typeOf(old), typeOf(now)),
    ...VIP_FIELDS.flatMap(field => listDifference(field, old[field], now[field])),
    ...portDifferences(old.ports, now.ports),
    ...valueDifference('internalTrafficPolicy', old.internalTrafficPolicy, now.internalTrafficPolicy),
    ...valueDifference('externalTrafficPolicy', old.externalTrafficPolicy, now.externalTrafficPolicy),
    ...rangeDifference(old.sourceRanges, now.sourceRanges),
    ...valueDifference('affinity', affinityOf(old), affinityOf(now)),
    ...valueDifference('healthCheckNodePort', old.healthCheckNodePort ?? 'none', now.healthCheckNodePort ?? 'none'),
  ]
}

/** The frontends of a Service, as text. */
export function frontendTexts(service: Service): string[] {
  const vips = [...new Set(vipsOf(service))]
  const families = familiesOf(service)
  return service.ports.flatMap(({ port, protocol, nodePort, except }) => [
    ...vips
      .filter(vip => families.includes(familyOf(vip)) && !except.includes(vip))
      .map(vip => formatDestination(vip, port, protocol)),
    ...(nodePort === undefined ? [] : [`nodePort:${nodePort}/${protocol}`]),
  ])
}

/** The type of the Kubernetes Service, as far as a spec has it. */
function typeOf(service: Service): string {
  if (service.loadBalancerIPs.length > 0) return 'LoadBalancer'
  return service.ports.some(port => port.nodePort !== undefined) ? 'NodePort' : 'ClusterIP'
}

function affinityOf({ affinitySeconds }: Service): string {
  return affinitySeconds === undefined ? 'none' : `${affinitySeconds} s`
}

function valueDifference(name: string, old: string | number, now: string | number): string[] {
  return old === now ? [] : [`${name} ${old} → ${now}`]
}

function listDifference(name: string, old: readonly string[], now: readonly string[]): string[] {
  if (same(old, now)) return []
  const lost = old.filter(text => !now.includes(text)).map(text => `-${text}`)
  const gained = now.filter(text => !old.includes(text)).map(text => `+${text}`)
  return [[name, ...(lost.length + gained.length === 0 ? ['in another order'] : [...lost, ...gained])].join(' ')]
}

function rangeDifference(old: readonly string[], now: readonly string[]): string[] {
  if (old.length > 0 && now.length > 0) return listDifference('sourceRanges', old, now)
  const formatForeign = (ranges: readonly string[]) => (ranges.length === 0 ? 'open to all' : ranges.join(', '))
  return valueDifference('sourceRanges', formatForeign(old), formatForeign(now))
}

function portDifferences(old: readonly Port[], now: readonly Port[]): string[] {
  const before = new Map(old.map(port => [port.name, port]))
  const after = new Map(now.map(port => [port.name, port]))
  const label = (port: Port) => (port.name === '' ? 'port' : `port ${port.name}`)
  const lost = old.filter(port => !after.has(port.name)).map(port => `-${label(port)} ${printPortLine(port)}`)
  const others = now.flatMap(port => {
    const was = before.get(port.name)
    return was
      ? valueDifference(label(port), printPortLine(was), printPortLine(port))
      : [`+${label(port)} ${printPortLine(port)}`]
  })
  return [...lost, ...others]
}
