import { type Address, familyOf, parseAddress } from '../../base/address.ts'
import { plainCount } from '../../base/count.ts'
import { error, nearest, type Result } from '../../base/diagnostic.ts'
import { portKey, serviceKey } from '../../spec/name.ts'
import type { Endpoint, Node, Port, Service, Spec } from '../../spec/spec.ts'
import type { LocalLoss } from '../explain/explanation.ts'
import { judge } from '../explain/lists.ts'

/** What is taken away: the endpoints of an address, or all that are on a node. The node and its addresses stay. */
export type Removal = { pod: Address } | { node: string }

/** `pod/ADDRESS`, `node/NAME`, or either without its prefix. */
export function resolveRemoval(text: string, spec: Spec): Result<Removal> {
  const address = parseAddress(text.replace(/^pod\//, ''))
  if (address !== undefined) {
    const isKnown = spec.services.some(s => s.endpoints.some(g => g.endpoints.some(e => e.address === address)))
    if (isKnown) return { value: { pod: address }, diagnostics: [] }
    const hint = 'a pod is known by its address, as in the endpoints of the spec'
    return unknown('unknown-pod', `no endpoint of the spec has the address ${address}`, hint)
  }
  const name = text.replace(/^node\//, '')
  if (spec.nodes.some(n => n.name === name)) return { value: { node: name }, diagnostics: [] }
  const meant = nearest(
    name,
    spec.nodes.map(n => n.name),
  )
  const hint = meant ? `did you mean node/${meant}?` : 'write pod/ADDRESS or node/NAME: a spec has no names of pods'
  return unknown('unknown-node', `"${text}" is no node of the spec, nor an address`, hint)
}

function unknown(code: string, message: string, hint: string): Result<never> {
  return { value: undefined, diagnostics: [error(code, message, { hint })] }
}

export function isRemoved(removals: readonly Removal[]): (endpoint: Endpoint) => boolean {
  return e => removals.some(removal => ('pod' in removal ? e.address === removal.pod : e.node === removal.node))
}

/** The spec without these endpoints. */
export function remove(spec: Spec, removals: readonly Removal[]): Spec {
  const isGone = isRemoved(removals)
  const withoutThem = (service: Service): Service => {
    if (!service.endpoints.some(group => group.endpoints.some(isGone))) return service
    const groups = service.endpoints.map(group => ({ ...group, endpoints: group.endpoints.filter(e => !isGone(e)) }))
    return { ...service, endpoints: groups.filter(group => group.endpoints.length > 0) }
  }
  return { nodes: spec.nodes, services: spec.services.map(withoutThem) }
}

/** The nodes on which a policy Local of these Services finds its last endpoint gone. */
export function localLosses(before: Spec, after: Spec): LocalLoss[] {
  const losses = before.services.flatMap((service, i) => {
    const now = after.services[i]!
    if (now === service) return []
    return service.ports.flatMap(port =>
      localPolicies(service, port).flatMap(policy => ofPort(policy, service, now, port, before.nodes)),
    )
  })
  // Two families that lose the same are one loss.
  return [...new Map(losses.map(loss => [Object.values(loss).join(), loss])).values()]
}

function ofPort(
  policy: LocalLoss['policy'],
  before: Service,
  after: Service,
  port: Port,
  nodes: readonly Node[],
): LocalLoss[] {
  return ([4, 6] as const).flatMap(family => {
    if (!before.clusterIPs.some(ip => familyOf(ip) === family)) return []
    const used = (service: Service, node: Node) =>
      judge(service, port, family, { policy: 'Local', nodes: [node] }).filter(e => e.isUsed).length
    return nodes.flatMap(node => {
      if (!homes(before).has(node.name) || used(before, node) === 0 || used(after, node) > 0) return []
      const clients =
        policy === 'internalTrafficPolicy' ? `clients on ${node.name}` : `clients from outside who come to ${node.name}`
      const left = judge(after, port, family, { policy: 'Cluster', node }).filter(e => e.isUsed).length
      const fate = left > 0 ? `are dropped, while ${plainCount(left, 'endpoint')} elsewhere could serve` : 'get nothing'
      return { node: node.name, service: portKey(before, port), policy, why: `${clients} ${fate}` }
    })
  })
}

/** The nodes that endpoints of a Service are on. */
function homes(service: Service): Set<string | undefined> {
  return new Set(service.endpoints.flatMap(group => group.endpoints.map(e => e.node)))
}

function localPolicies(service: Service, { nodePort }: Port): LocalLoss['policy'][] {
  const isExposed = nodePort !== undefined || service.externalIPs.length + service.loadBalancerIPs.length > 0
  return [
    ...(service.internalTrafficPolicy === 'Local' ? ['internalTrafficPolicy' as const] : []),
    ...(service.externalTrafficPolicy === 'Local' && isExposed ? ['externalTrafficPolicy' as const] : []),
  ]
}

/** How many Services of a spec have other endpoints in another one. */
export function touched(before: Spec, after: Spec): string[] {
  return before.services.filter((service, i) => service !== after.services[i]).map(serviceKey)
}
