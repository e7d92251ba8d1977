// SPDX-License-Identifier: Apache-2.0
import { formatHostPort } from '../../../base/address.ts'
import type { Frontend } from '../../../compile/frontend.ts'
import { portKey } from '../../../spec/name.ts'
import type { Node } from '../../../spec/spec.ts'
import { formatDestination } from '../../change/print.ts'
import type { EndpointAnswer, EndpointList } from '../explanation.ts'
import { formatHints, type JudgedEndpoint, judgeEndpoints, type ListScope } from '../view/judge-endpoints.ts'
import { formatPolicy, ownerOf, scopeHere } from '../view/list-scope.ts'
import type { View } from '../view/view.ts'
import type { Answered } from './answer.ts'
import type { SpecLines } from './spec-lines.ts'
import { formatStanding } from './standing.ts'

/** The lists that the frontends of some answers choose from, each once. */
export function listsBehind(answered: readonly Answered[], view: View, places: SpecLines): EndpointList[] {
  const lists = new Map<string, EndpointList>()
  for (const { answer, frontend } of answered) {
    if (!frontend || answer.action === 'pass') continue
    const { service } = ownerOf(frontend, view)
    const scope = scopeHere(frontend, service, view)
    const nodes = scope.policy === 'Local' ? scope.nodes.map(node => node.name) : []
    const key = [frontend.service, frontend.portName, frontend.family, scope.policy, ...nodes].join(' ')
    const destinations = answer.addresses.map(address => formatDestination(address, answer.port, answer.protocol))
    const known = lists.get(key)
    if (known) known.frontends.push(...destinations)
    else lists.set(key, { ...listOf(frontend, scope, view, places), frontends: destinations })
  }
  return [...lists.values()]
}

function listOf(frontend: Frontend, scope: ListScope, view: View, places: SpecLines): Omit<EndpointList, 'frontends'> {
  const { service, port } = ownerOf(frontend, view)
  const zones = new Map(view.spec.nodes.map((node: Node) => [node.name, node.zone]))
  const answerOf = ({ endpoint, number, group, index, standing, isUsed }: JudgedEndpoint): EndpointAnswer => ({
    endpoint: formatHostPort(endpoint.address, number),
    node: endpoint.node ?? null,
    zone: endpoint.zone ?? (endpoint.node === undefined ? undefined : zones.get(endpoint.node)) ?? null,
    included: isUsed,
    reason: standing,
    why: formatStanding(standing, endpoint),
    place: places.endpoint(service, group, index),
  })
  return {
    service: portKey(service, port),
    family: frontend.family,
    policy: formatPolicy(frontend, service, view),
    hints: formatHints(service, port, frontend.family, scope) ?? null,
    endpoints: judgeEndpoints(service, port, frontend.family, scope).map(answerOf),
    place: places.endpoints(service),
  }
}
