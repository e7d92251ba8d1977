import type { Family } from '../../base/address.ts'
import { byText } from '../../base/sort.ts'
import { categorise } from '../../compile/categorise.ts'
import { endpointsOf, type PortEndpoint } from '../../compile/endpoints.ts'
import { verdict } from '../../compile/frontends.ts'
import { atNode } from '../../compile/viewpoint.ts'
import { portKey, serviceKey } from '../../spec/name.ts'
import type { Node, Port, Service, Spec } from '../../spec/spec.ts'
import { familiesOf } from '../check/subject.ts'
import type { Consequence, Effect } from '../review/review.ts'
import { same } from '../review/same.ts'

/**
 * What a new spec means on each node that both have, for each Service that both have: where traffic finds no backend any more, or
 * one again, and where it leaves its zone, or stays in it again.
 */
export function consequences(old: Spec, now: Spec): Consequence[] {
  const zones = [zonesOf(old.nodes), zonesOf(now.nodes)] as const
  const nodes = now.nodes.filter(node => old.nodes.some(({ name }) => name === node.name))
  const before = new Map(old.services.map(service => [serviceKey(service), service]))
  const effects = new Map<string, Effect[]>()
  const isSameNodes = same(old.nodes, now.nodes)
  const oldNodes = new Map(old.nodes.map(node => [node.name, node]))
  const byZone = groupsOf(nodes, node => `${node.zone} ${oldNodes.get(node.name)!.zone}`)
  for (const service of now.services) {
    const was = before.get(serviceKey(service))
    if (!was || (isSameNodes && same(was, service))) continue
    for (const alike of nodesAlike(byZone, [was, service])) {
      const [node] = alike as [Node]
      const found = effectsAt(was, service, oldNodes.get(node.name)!, node, zones)
      for (const { name } of found.length > 0 ? alike : []) effects.set(name, [...(effects.get(name) ?? []), ...found])
    }
  }
  return grouped(effects)
}

/** Zones of nodes by name. */
type Zones = ReadonlyMap<string, string | undefined>

function zonesOf(nodes: readonly Node[]): Zones {
  return new Map(nodes.map(({ name, zone }) => [name, zone]))
}

function groupsOf(nodes: readonly Node[], keyOf: (node: Node) => string): Node[][] {
  const groups = new Map<string, Node[]>()
  for (const node of nodes) {
    const key = keyOf(node)
    const group = groups.get(key)
    if (group) group.push(node)
    else groups.set(key, [node])
  }
  return [...groups.values()]
}

/** Nodes for which a Service is the same: of one zone, but for those that an endpoint makes a difference to. */
function nodesAlike(byZone: readonly Node[][], versions: readonly Service[]): readonly Node[][] {
  const named = new Set<string | undefined>(versions.flatMap(nodesNamedBy))
  if (named.size === 0) return byZone
  return byZone.flatMap(group => groupsOf(group, ({ name }) => (named.has(name) ? name : '')))
}

/** Nodes that hints name; where an endpoint is counts under policy Local, and between copies of an address. */
function nodesNamedBy({ internalTrafficPolicy, externalTrafficPolicy, endpoints }: Service): (string | undefined)[] {
  const members = endpoints.flatMap(group => group.endpoints)
  const isLocal = internalTrafficPolicy === 'Local' || externalTrafficPolicy === 'Local'
  const hasCopies = new Set(members.map(member => member.address)).size < members.length
  return members.flatMap(({ node, forNodes }) => (isLocal || hasCopies ? [node, ...forNodes] : forNodes))
}

function effectsAt(
  old: Service,
  now: Service,
  oldNode: Node,
  node: Node,
  [oldZones, zones]: readonly [Zones, Zones],
): Effect[] {
  const effects = now.ports.flatMap(port => {
    if (!old.ports.some(({ name }) => name === port.name)) return []
    const families = familiesOf(now).filter(family => familiesOf(old).includes(family))
    const subject = portKey(now, port)
    return families.flatMap(family => {
      const before = outlook(old, port, family, oldNode, oldZones)
      const after = outlook(now, port, family, node, zones)
      return compare(before, after).map(effect => ({ subject, ...effect }))
    })
  })
  return [...new Map(effects.map(effect => [`${effect.subject} ${effect.what}`, effect])).values()]
}

/** How a service port looks from a node. */
interface Outlook {
  /** What happens to connections of this node, to those from elsewhere, and whether external ones have an address at all. */
  inside: string
  outside: string | undefined
  /** Zones of other places that connections of this node may go to; undefined when nobody can tell. */
  abroad: string[] | undefined
}

function outlook(service: Service, port: Port, family: Family, node: Node, zones: Zones): Outlook {
  const endpoints = endpointsOf(service, port.name, family, atNode(node))
  const categories = categorise(endpoints, atNode(node))
  const isExposed = service.externalIPs.length + service.loadBalancerIPs.length > 0 || port.nodePort !== undefined
  const chosen = service.internalTrafficPolicy === 'Local' ? categories.local : categories.cluster
  const zoneOf = ({ endpoint }: PortEndpoint) => endpoint.zone ?? zones.get(endpoint.node ?? '')
  const used = new Set(chosen.map(({ address }) => address))
  const reached = endpoints.filter(({ endpoint }) => used.has(endpoint.address)).map(zoneOf)
  const isTold = node.zone !== undefined && reached.length > 0 && !reached.includes(undefined)
  return {
    inside: verdict(categories, service.internalTrafficPolicy).action,
    outside: isExposed ? verdict(categories, service.externalTrafficPolicy).action : undefined,
    abroad: isTold ? [...new Set(reached as string[])].filter(zone => zone !== node.zone).sort(byText) : undefined,
  }
}

const FAILS: Readonly<Record<string, string>> = { drop: 'no local endpoint is left', reject: 'no endpoint is left' }

function compare(old: Outlook, now: Outlook): Omit<Effect, 'subject'>[] {
  const effects: Omit<Effect, 'subject'>[] = []
  const side = (was: string | undefined, is: string | undefined, who: string) => {
    if (was === 'forward' && is !== undefined && is !== 'forward')
      effects.push({ isLoss: true, what: `unreachable ${who}: ${FAILS[is]}` })
    if (was !== undefined && was !== 'forward' && is === 'forward')
      effects.push({ isLoss: false, what: `reachable ${who} again` })
  }
  side(old.inside, now.inside, 'for pods there')
  side(old.outside, now.outside, 'from outside through it')
  if (old.abroad?.length === 0 && now.abroad && now.abroad.length > 0)
    effects.push({ isLoss: true, what: `crosses zones, to ${now.abroad.join(', ')}` })
  if (old.abroad && old.abroad.length > 0 && now.abroad?.length === 0)
    effects.push({ isLoss: false, what: 'keeps to its zone now' })
  return effects
}

/** Nodes with the same effects together, those that lose most first. */
function grouped(effects: ReadonlyMap<string, Effect[]>): Consequence[] {
  const groups = new Map<string, Consequence>()
  for (const [node, unsorted] of effects) {
    const sorted = [...unsorted].sort((a, b) => Number(b.isLoss) - Number(a.isLoss))
    const key = JSON.stringify(sorted)
    const group = groups.get(key)
    if (group) group.nodes.push(node)
    else groups.set(key, { nodes: [node], effects: sorted })
  }
  const losses = ({ effects }: Consequence) => effects.filter(effect => effect.isLoss).length
  for (const { nodes } of groups.values()) nodes.sort(byText)
  return [...groups.values()].sort((a, b) => losses(b) - losses(a) || byText(a.nodes[0]!, b.nodes[0]!))
}
