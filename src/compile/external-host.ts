import { byAddress, familyOf } from '../base/address.ts'
import { byBackend } from '../datapath/backend.ts'
import type { Node, Service } from '../spec/spec.ts'
import { type Categories, categorise } from './categorise.ts'
import { endpointsOf } from './endpoints.ts'
import type { Frontend, Verdict } from './frontend.ts'
import { verdict } from './frontends.ts'
import { atNode } from './viewpoint.ts'

/**
 * A frontend as a host outside the cluster serves it to itself (DESIGN.md 4): from the cluster list without hints, and
 * under external policy Local what a packet would meet: at a VIP the local lists of all nodes together, at
 * `nodeAddress:nodePort` those of that node.
 */
export function asSeenOutside(frontend: Frontend, service: Service, nodes: readonly Node[]): Frontend[] {
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

function together(categories: readonly Categories[]): Verdict {
  const backends = categories.flatMap(c => c.local).sort(byBackend)
  return verdict({ cluster: [], local: backends, hasAny: categories.some(c => c.hasAny) }, 'Local')
}
