// SPDX-License-Identifier: Apache-2.0
import type { Frontend, Verdict } from '../../../compile/frontend.ts'
import { policiesOf } from '../../../compile/frontends.ts'
import { serviceKey } from '../../../spec/name.ts'
import type { Port, Service } from '../../../spec/spec.ts'
import type { ListScope } from './judge-endpoints.ts'
import type { View } from './view.ts'

/** The service port of a frontend. */
export function ownerOf({ service, portName }: Frontend, { spec }: View): { service: Service; port: Port } {
  const owner = spec.services.find(s => serviceKey(s) === service)!
  return { service: owner, port: owner.ports.find(p => p.name === portName)! }
}

/** What a frontend does with the view's clients. */
export function verdictIn({ internal, external }: Frontend, { translatedAt }: View): Verdict {
  return translatedAt === 'edge' ? external : internal
}

/** The list that a frontend serves to the view's clients. */
export function scopeHere(frontend: Frontend, service: Service, view: View): ListScope {
  const { here, elsewhere } = policiesOf(service, frontend.kind)
  const { viewpoint } = view
  if (viewpoint.kind === 'node')
    return (view.translatedAt === 'edge' ? elsewhere : here) === 'Local'
      ? { policy: 'Local', nodes: [viewpoint.node] }
      : { policy: 'Cluster', viewpoint }
  if (elsewhere === 'Cluster') return { policy: 'Cluster', viewpoint }
  if (frontend.kind === 'clusterIP') return { policy: 'Local', nodes: [] }
  const { address } = frontend
  const isVip = frontend.kind !== 'nodePort' || address === undefined
  return {
    policy: 'Local',
    nodes: isVip ? view.spec.nodes : view.spec.nodes.filter(n => n.addresses.includes(address)),
  }
}

/** The policy that decides, and what it means at this host. */
export function formatPolicy(frontend: Frontend, service: Service, view: View): string {
  const scope = scopeHere(frontend, service, view)
  const name = policyNameOf(frontend)
  if (service[name] === 'Cluster') return `${name} Cluster`
  if (scope.policy === 'Cluster')
    return `${name} Local is for clients outside the cluster: a node itself uses all endpoints`
  const [only, more] = scope.nodes
  const whose = only === undefined ? 'this host is no node' : `endpoints of ${more ? 'any node' : `${only.name} only`}`
  return `${name} Local: ${whose}`
}

export function policyNameOf({ kind }: Frontend): 'internalTrafficPolicy' | 'externalTrafficPolicy' {
  return kind === 'clusterIP' ? 'internalTrafficPolicy' : 'externalTrafficPolicy'
}
