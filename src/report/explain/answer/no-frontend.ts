// SPDX-License-Identifier: Apache-2.0
import { type Address, familyOf } from '../../../base/address.ts'
import type { Frontend } from '../../../compile/frontend.ts'
import { nodeAt, viewpointName } from '../../../compile/viewpoint.ts'
import type { Dial, LookupVerdict } from '../../../datapath/dial.ts'
import { portKey, serviceKey } from '../../../spec/name.ts'
import type { Node } from '../../../spec/spec.ts'
import { vipsOf } from '../../../spec/vips.ts'
import { formatDestination } from '../../change/print.ts'
import { formatList } from '../../format-list.ts'
import { isLoopback } from '../view/destinations.ts'
import { judgeEndpoints } from '../view/judge-endpoints.ts'
import { ownerOf } from '../view/list-scope.ts'
import type { View } from '../view/view.ts'
import { KIND_TEXT, REFUSED } from './standing.ts'

/** Why a dial that no frontend decides passes or is refused. */
export function explainPass(verdict: LookupVerdict, dial: Dial, view: View): string {
  const { address, port, protocol } = dial
  if (verdict.kind === 'refuse') return explainRefusal(dial, view)
  if (view.translatedAt === 'edge') return explainOutside(dial, view)
  const node = nodeWith(address, view)
  const nodePort = nodePortAt(dial, view)
  if (node && nodePort)
    return `left alone: externalTrafficPolicy Local, so the destination node decides (${nodesWithEndpoints(nodePort, view)})`
  if (node)
    return `left alone: no Service has node port ${port}/${protocol}; a process that listens on ${node.name} answers`
  if (isLoopback(address)) return 'left alone: loopback is the client’s own'
  if (frontendsAt(address, view).length > 0)
    return `left alone: ${portsOf(address, view)}, and not ${port}/${protocol}; only a cluster IP refuses other ports`
  return 'left alone: no Service has this address'
}

/** At sockets only a cluster IP refuses; as packets every VIP does that the node does not have. */
function explainRefusal({ address, port, protocol }: Dial, view: View): string {
  const has = `${portsOf(address, view)}, and not ${port}/${protocol}`
  const isClusterIP = frontendsAt(address, view).some(({ kind }) => kind === 'clusterIP')
  const unless = `; it would pass if an interface of ${viewpointName(view.viewpoint)} had this address`
  return `${REFUSED}: ${has}${isClusterIP ? '' : unless}`
}

/** A packet from outside that passes. */
function explainOutside({ address, port, protocol }: Dial, view: View): string {
  const node = nodeAt(view.viewpoint)!
  const owner = nodeWith(address, view)
  if (owner && owner.name !== node.name) return `left alone: ${owner.name} has this address, and decides`
  if (owner)
    return `left alone: no Service has node port ${port}/${protocol}; a process that listens on ${owner.name} answers`
  if (protocol === 'SCTP' && frontendsAt(address, view).length > 0) return 'left alone: an edge translates TCP and UDP'
  return 'left alone: no Service has this address'
}

function nodeWith(address: Address, { spec }: View): Node | undefined {
  return spec.nodes.find(node => node.addresses.includes(address))
}

/** The frontend for a node port; it is the same at the address of every node. */
function nodePortAt({ address, port, protocol }: Dial, { frontends }: View): Frontend | undefined {
  const family = familyOf(address)
  return [...frontends.values()].find(
    f => f.address === undefined && f.family === family && f.port === port && f.protocol === protocol,
  )
}

/** The nodes where a node port of policy Local finds endpoints. */
function nodesWithEndpoints(nodePort: Frontend, view: View): string {
  const { service, port } = ownerOf(nodePort, view)
  const scope = { policy: 'Local', nodes: view.spec.nodes } as const
  const used = judgeEndpoints(service, port, nodePort.family, scope).filter(e => e.isUsed)
  const nodes = [...new Set(used.map(e => e.endpoint.node!))]
  return nodes.length === 0 ? 'no node has endpoints' : `endpoints are on ${formatList(nodes)}`
}

function frontendsAt(address: Address, { frontends }: View): Frontend[] {
  return [...frontends.values()].filter(f => f.address === address)
}

/** `10.96.0.10 has the ports 53/UDP, 53/TCP` */
function portsOf(address: Address, view: View): string {
  const ports = frontendsAt(address, view).map(f => `${f.port}/${f.protocol}`)
  return `${address} has ${ports.length === 1 ? 'port' : 'the ports'} ${formatList(ports)}`
}

/** What a destination is: `10.96.0.10:53/UDP is a cluster IP of kube-system/dns`. */
export function describeDestination(dial: Dial, match: Frontend | undefined, view: View): string {
  const { address, port, protocol } = dial
  const destination = formatDestination(address, port, protocol)
  const node = nodeWith(address, view)
  const frontend = match ?? (node && nodePortAt(dial, view))
  if (frontend) {
    const { service, port: owned } = ownerOf(frontend, view)
    return `${destination} is ${KIND_TEXT[frontend.kind]} of ${portKey(service, owned)}${node ? `, at node ${node.name}` : ''}`
  }
  const owners = view.spec.services.filter(s => vipsOf(s).includes(address)).map(serviceKey)
  const have = owners.length === 1 ? 'has' : 'have'
  if (owners.length > 0)
    return `${address} is an address of ${owners.join(' and ')}, which ${have} no port ${port}/${protocol}`
  if (node) return `${destination} is at node ${node.name}, and no node port of a Service`
  return `${address} is no address of any Service`
}
