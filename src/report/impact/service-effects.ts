// SPDX-License-Identifier: Apache-2.0
import { byText } from '../../base/sort.ts'
import { contextOf } from '../../compile/compile.ts'
import type { Frontend, Verdict } from '../../compile/frontend.ts'
import { byFrontend, frontendsOf } from '../../compile/frontends.ts'
import { type FrontendContext, nodeAt, type Viewpoint } from '../../compile/viewpoint.ts'
import type { Service, Spec } from '../../spec/spec.ts'
import { formatFrontend } from '../change/print.ts'
import type { Clients, Detail, FrontendEffect } from './effect.ts'

/** The host at which a Service is compiled, and the spec around it. */
export interface Context extends FrontendContext {
  /** The zone of each, by name. */
  zones: ReadonlyMap<string, string | undefined>
}

export function contextAt(viewpoint: Viewpoint, spec: Spec): Context {
  const { nodes } = spec
  return { ...contextOf(spec, viewpoint), zones: new Map(nodes.map(({ name, zone }) => [name, zone])) }
}

/**
 * What a new version of a Service does to its clients at one host: what compile makes of both versions, compared. Only service ports,
 * families and kinds of frontends that both have count; a review has frontends that come and go.
 */
export function serviceEffects(
  [old, now]: readonly [Service, Service],
  [before, after]: readonly [Context, Context],
): FrontendEffect[] {
  const routes = new Map(routesOf(old, before).map(route => [route.key, route]))
  return routesOf(now, after).flatMap(route => {
    const was = routes.get(route.key)
    if (!was) return []
    const zones = () => zoneDetail(otherZones(was.verdict, old, before), otherZones(route.verdict, now, after))
    const details = [...reachDetail(was.verdict, route.verdict), ...(route.clients === 'here' ? zones() : [])]
    return details.map(detail => effectOf(detail, was, route))
  })
}

/** Frontends of a service port with the same backends for some clients. */
interface Route {
  key: string
  service: string
  clients: Clients
  frontends: Frontend[]
  verdict: Verdict
}

function routesOf(service: Service, context: Context): Route[] {
  const routes = new Map<string, Route>()
  for (const frontend of frontendsOf(service, context).sort(byFrontend)) {
    for (const clients of clientsAt(frontend, context)) {
      const { service, portName, family } = frontend
      const key = `${portName} ${family} ${groupOf(frontend, context)} ${clients}`
      const route = routes.get(key)
      if (route) route.frontends.push(frontend)
      else {
        const name = portName === '' ? service : `${service}:${portName}`
        const verdict = clients === 'here' ? frontend.internal : frontend.external
        routes.set(key, { key, service: name, clients, frontends: [frontend], verdict })
      }
    }
  }
  return [...routes.values()]
}

/** Frontends with the same backends; at a host outside the cluster each address of a node port may have its own. */
function groupOf({ kind, address }: Frontend, { viewpoint }: Context): string {
  if (kind === 'clusterIP') return kind
  return kind === 'nodePort' && viewpoint.kind === 'external' ? `${address}` : 'exposed'
}

/** A cluster IP is served where its client is; and a host outside the cluster serves no one else. */
function clientsAt({ kind }: Frontend, { viewpoint }: Context): Clients[] {
  return kind === 'clusterIP' || viewpoint.kind === 'external' ? ['here'] : ['here', 'elsewhere']
}

function effectOf(detail: Detail, was: Route, { service, clients, frontends, verdict }: Route): FrontendEffect {
  return { service, clients, ...detail, frontends: frontends.map(formatFrontend), before: was.verdict, after: verdict }
}

function reachDetail(before: Verdict, after: Verdict): Detail[] {
  if (before.action === 'forward' && after.action !== 'forward')
    return [{ kind: 'unreachable', cause: after.action === 'drop' ? 'no-local-endpoint' : 'no-endpoint' }]
  if (after.action !== 'forward') return []
  if (before.action !== 'forward') return [{ kind: 'reachable' }]
  return textOf(before) === textOf(after) ? [] : [{ kind: 'backends' }]
}

function zoneDetail(before: Zones, after: Zones): Detail[] {
  if (!before || !after || (before.length === 0) === (after.length === 0)) return []
  return [after.length > 0 ? { kind: 'crosses-zones', zones: after } : { kind: 'stays-in-zone' }]
}

type Zones = string[] | undefined

/** Zones of backends that are not the host's; undefined where one of the zones is unknown. */
function otherZones({ backends }: Verdict, service: Service, context: Context): Zones {
  const own = nodeAt(context.viewpoint)?.zone
  if (own === undefined || backends.length === 0) return undefined
  const used = new Set(backends.map(({ address }) => address))
  const zones = new Set<string | undefined>()
  for (const { endpoints } of service.endpoints) {
    for (const { address, zone, node } of endpoints)
      if (used.has(address)) zones.add(zone ?? context.zones.get(node ?? ''))
  }
  if (zones.has(undefined)) return undefined
  return [...(zones as Set<string>)].filter(zone => zone !== own).sort(byText)
}

function textOf({ backends }: Verdict): string {
  return backends.map(({ address, port }) => `${address} ${port}`).join()
}
