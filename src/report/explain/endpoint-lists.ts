import { formatHostPort } from '../../base/address.ts'
import type { Frontend } from '../../compile/frontend.ts'
import { portKey } from '../../spec/name.ts'
import type { Node } from '../../spec/spec.ts'
import { formatDestination } from '../change/print.ts'
import type { Answered } from './answer.ts'
import type { EndpointAnswer, EndpointList } from './explanation.ts'
import { hintsIn, type Judged, judge, type Scope } from './lists.ts'
import type { Places } from './places.ts'
import { ownerOf, policyIn, scopeHere } from './scope.ts'
import { standingOf } from './text.ts'
import type { View } from './view.ts'

/** The lists that the frontends of some answers choose from, each once. */
export function listsBehind(answered: readonly Answered[], view: View, places: Places): EndpointList[] {
  const lists = new Map<string, EndpointList>()
  for (const { answer, frontend } of answered) {
    if (!frontend || frontend.protocol === 'SCTP') continue
    const { service } = ownerOf(frontend, view)
    const scope = scopeHere(frontend, service, view)
    const nodes = scope.policy === 'Local' ? scope.nodes.map(node => node.name) : []
    const key = [frontend.service, frontend.portName, frontend.family, scope.policy, ...nodes].join(' ')
    const dialled = answer.addresses.map(address => formatDestination(address, answer.port, answer.protocol))
    const known = lists.get(key)
    if (known) known.frontends.push(...dialled)
    else lists.set(key, { ...listOf(frontend, scope, view, places), frontends: dialled })
  }
  return [...lists.values()]
}

function listOf(frontend: Frontend, scope: Scope, view: View, places: Places): Omit<EndpointList, 'frontends'> {
  const { service, port } = ownerOf(frontend, view)
  const zones = new Map(view.spec.nodes.map((node: Node) => [node.name, node.zone]))
  const answerOf = ({ endpoint, number, group, index, standing, isUsed }: Judged): EndpointAnswer => ({
    endpoint: formatHostPort(endpoint.address, number),
    node: endpoint.node ?? null,
    zone: endpoint.zone ?? (endpoint.node === undefined ? undefined : zones.get(endpoint.node)) ?? null,
    included: isUsed,
    reason: standing,
    why: standingOf(standing, endpoint),
    place: places.endpoint(service, group, index),
  })
  return {
    service: portKey(service, port),
    family: frontend.family,
    policy: policyIn(frontend, service, view),
    hints: hintsIn(service, port, frontend.family, scope) ?? null,
    endpoints: judge(service, port, frontend.family, scope).map(answerOf),
    place: places.endpoints(service),
  }
}
