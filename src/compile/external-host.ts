// SPDX-License-Identifier: Apache-2.0
import { type Address, type Family, familyOf } from '../base/address.ts'
import { byBackend } from '../datapath/backend.ts'
import type { Node, Service } from '../spec/spec.ts'
import { type Categories, categorise } from './categorise.ts'
import { endpointsOf } from './endpoints.ts'
import type { Frontend, Verdict } from './frontend.ts'
import { verdict } from './verdict.ts'
import { atNode, type FrontendContext } from './viewpoint.ts'
import { frontendName } from './vips-at-nodes.ts'

/**
 * A frontend as a host outside the cluster serves it to itself (DESIGN.md 4): from the cluster list without hints, and
 * under external policy Local what a packet would meet: at a VIP the local lists of all nodes together, at
 * `nodeAddress:nodePort` those of that node, or of all nodes that claim the address. A VIP with that address and port comes before, as it
 * does at the node.
 */
export function asSeenOutside(
  frontend: Frontend,
  service: Service,
  { nodes, vipsAtNodes }: FrontendContext,
): Frontend[] {
  const serving = (answer: Verdict) => ({ ...frontend, externalLocal: false, internal: answer, external: answer })
  if (!frontend.externalLocal) return [serving(frontend.internal)]
  const localOf = (node: Node) => {
    const viewpoint = atNode(node)
    return categorise(endpointsOf(service, frontend.portName, frontend.family, viewpoint), viewpoint)
  }
  if (frontend.kind !== 'nodePort') return [serving(together(nodes.map(localOf)))]
  const isNodePort = (address: Address) => !vipsAtNodes.has(frontendName(address, frontend.port, frontend.protocol))
  const owners = [...ownersOfAddresses(nodes, frontend.family)].filter(([address]) => isNodePort(address))
  return owners.map(([address, nodes]) => ({ ...serving(together(nodes.map(localOf))), address }))
}

function ownersOfAddresses(nodes: readonly Node[], family: Family): Map<Address, Node[]> {
  const owners = new Map<Address, Node[]>()
  for (const node of nodes) {
    for (const address of node.addresses) {
      if (familyOf(address) === family) owners.set(address, [...(owners.get(address) ?? []), node])
    }
  }
  return owners
}

function together(categories: readonly Categories[]): Verdict {
  const backends = categories.flatMap(c => c.local).sort(byBackend)
  return verdict({ cluster: [], local: backends, hasAny: categories.some(c => c.hasAny) }, 'Local')
}
