import { type Address, familyOf } from '../../base/address.ts'
import type { Frontend } from '../../compile/frontend.ts'
import type { Flow, FlowVerdict } from '../../datapath/lookup.ts'
import { portKey, serviceKey } from '../../spec/name.ts'
import type { Node } from '../../spec/spec.ts'
import { formatDestination } from '../change/print.ts'
import { formatList } from '../format-list.ts'
import { vipsOf } from '../service.ts'
import { judge } from './lists.ts'
import { ownerOf } from './scope.ts'
import { isLoopback } from './targets.ts'
import { KIND_WORDS, REFUSED } from './text.ts'
import type { View } from './view.ts'

/** What becomes of a flow that no frontend decides. */
export function withoutFrontend(verdict: FlowVerdict, flow: Flow, view: View): string {
  const { address, port, protocol } = flow
  if (verdict.kind === 'refuse') return `${REFUSED}: ${portsOf(address, view)}, and not ${port}/${protocol}`
  const node = nodeAt(address, view)
  const nodePort = nodePortAt(flow, view)
  if (node && nodePort)
    return `left alone: externalTrafficPolicy Local, so the node that is dialled decides (${homesOf(nodePort, view)})`
  if (node) return `left alone: no Service has node port ${port}/${protocol}; whoever listens on ${node.name} answers`
  if (isLoopback(address)) return 'left alone: loopback is the client’s own'
  return 'left alone: no Service has this address'
}

function nodeAt(address: Address, { spec }: View): Node | undefined {
  return spec.nodes.find(node => node.addresses.includes(address))
}

/** The frontend that every node has for a node port, whoever is dialled. */
function nodePortAt({ address, port, protocol }: Flow, { frontends }: View): Frontend | undefined {
  const family = familyOf(address)
  return [...frontends.values()].find(
    f => f.address === undefined && f.family === family && f.port === port && f.protocol === protocol,
  )
}

/** The nodes where a node port of policy Local finds endpoints. */
function homesOf(nodePort: Frontend, view: View): string {
  const { service, port } = ownerOf(nodePort, view)
  const scope = { policy: 'Local', nodes: view.spec.nodes } as const
  const used = judge(service, port, nodePort.family, scope).filter(e => e.isUsed)
  const homes = [...new Set(used.map(e => e.endpoint.node!))]
  return homes.length === 0 ? 'no node has endpoints' : `endpoints are on ${formatList(homes)}`
}

/** `10.96.0.10 has the ports 53/UDP, 53/TCP` */
function portsOf(address: Address, view: View): string {
  const ports = [...view.frontends.values()].filter(f => f.address === address).map(f => `${f.port}/${f.protocol}`)
  return `${address} has ${ports.length === 1 ? 'port' : 'the ports'} ${formatList(ports)}`
}

/** What a destination is, in words. */
export function identify(flow: Flow, decider: Frontend | undefined, view: View): string {
  const { address, port, protocol } = flow
  const dialled = formatDestination(address, port, protocol)
  const node = nodeAt(address, view)
  const frontend = decider ?? (node && nodePortAt(flow, view))
  if (frontend) {
    const { service, port: owned } = ownerOf(frontend, view)
    return `${dialled} is a ${KIND_WORDS[frontend.kind]} of ${portKey(service, owned)}${node ? `, at node ${node.name}` : ''}`
  }
  const owners = view.spec.services.filter(s => vipsOf(s).includes(address)).map(serviceKey)
  const have = owners.length === 1 ? 'has' : 'have'
  if (owners.length > 0)
    return `${address} is an address of ${owners.join(' and ')}, which ${have} no port ${port}/${protocol}`
  if (node) return `${dialled} is at node ${node.name}, and no node port of a Service`
  return `${address} is no address of any Service`
}
