import { byAddress, familyOf } from '../base/address.ts'
import { type Backend, byBackend } from '../datapath/backend.ts'
import { serviceKey } from '../spec/name.ts'
import type { Node, Service, Spec } from '../spec/spec.ts'
import { categorise } from './categorise.ts'
import { endpointsOf } from './endpoints.ts'
import type { Frontend, Verdict } from './frontend.ts'
import { byFrontend, frontendsOf, verdict } from './frontends.ts'
import { atNode, EXTERNAL } from './viewpoint.ts'

/**
 * Every frontend as a host outside the cluster serves it to itself (DESIGN 4): from the cluster list without hints, and
 * under external policy Local what a packet would meet: at a VIP the local lists of all nodes together, at
 * `nodeAddress:nodePort` those of that node.
 */
export function externalHostFrontends(spec: Spec): Frontend[] {
  const services = new Map(spec.services.map(s => [serviceKey(s), s]))
  return frontendsOf(spec, EXTERNAL)
    .flatMap(frontend => asSeenOutside(frontend, services.get(frontend.service)!, spec.nodes))
    .sort(byFrontend)
}

function asSeenOutside(frontend: Frontend, service: Service, nodes: readonly Node[]): Frontend[] {
  const serving = (answer: Verdict) => ({ ...frontend, externalLocal: false, internal: answer, external: answer })
  if (!frontend.externalLocal) return [serving(frontend.internal)]
  const localOf = (node: Node) => {
    const viewpoint = atNode(node)
    return categorise(endpointsOf(service, frontend.portName, frontend.family, viewpoint), viewpoint)
  }
  if (frontend.kind !== 'nodePort') return [serving(together(nodes.map(localOf)))]
  return nodes.flatMap(node => {
    const answer = verdict(localOf(node), 'Local')
    const addresses = node.addresses.filter(address => familyOf(address) === frontend.family)
    return addresses.sort(byAddress).map(address => ({ ...serving(answer), address }))
  })
}

function together(categories: readonly ReturnType<typeof categorise>[]): Verdict {
  const backends: Backend[] = categories.flatMap(c => c.local).sort(byBackend)
  return verdict({ cluster: [], local: backends, hasAny: categories.some(c => c.hasAny) }, 'Local')
}
