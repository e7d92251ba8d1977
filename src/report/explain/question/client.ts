// SPDX-License-Identifier: Apache-2.0
import { type Address, parseAddress } from '../../../base/address.ts'
import { error, nearest, type Result } from '../../../base/diagnostic.ts'
import { atNode, EXTERNAL, type Viewpoint } from '../../../compile/viewpoint.ts'
import type { Destination, Dial } from '../../../datapath/dial.ts'
import type { Node, Spec } from '../../../spec/spec.ts'
import { formatViewpoint } from '../../format-viewpoint.ts'

/** The client of a connection. */
export interface Client {
  /** As a text names it: `a pod on node-a`. */
  name: string
  /** The host whose dataplane decides. */
  viewpoint: Viewpoint
  /** Its address, if known; source ranges need it. */
  source?: Address
  /** A process in the host network namespace of the node. */
  isInHostNetns: boolean
}

export function podOn(node: Node): Client {
  return { name: `a pod on ${node.name}`, viewpoint: atNode(node), isInHostNetns: false }
}

export const EXTERNAL_CLIENT: Client = { name: formatViewpoint(EXTERNAL), viewpoint: EXTERNAL, isInHostNetns: false }

/** Finds the client of `--from`: a node's name (a pod there), a node's address (the node itself), a pod's, any other, `external`. */
export function resolveClient(text: string, spec: Spec): Result<Client> {
  if (text === 'external') return { value: EXTERNAL_CLIENT, diagnostics: [] }
  const name = text.replace(/^(?:node|pod)\//, '')
  const node = spec.nodes.find(n => n.name === name)
  if (node) return { value: podOn(node), diagnostics: [] }
  const address = parseAddress(name)
  if (address !== undefined) return { value: clientAt(address, spec), diagnostics: [] }
  const meant = nearest(
    name,
    spec.nodes.map(n => n.name),
  )
  const hint = meant
    ? `did you mean ${meant}?`
    : 'give a node, the address of a pod, a node or another host, or external'
  return {
    value: undefined,
    diagnostics: [error('unknown-client', `"${text}" is neither a node nor an address`, { hint })],
  }
}

function clientAt(address: Address, spec: Spec): Client {
  const own = spec.nodes.find(n => n.addresses.includes(address))
  if (own) return { name: `${own.name} itself`, viewpoint: atNode(own), isInHostNetns: true }
  const endpoint = spec.services
    .flatMap(service => service.endpoints.flatMap(group => group.endpoints))
    .find(e => e.address === address && e.node !== undefined)
  const node = endpoint && spec.nodes.find(n => n.name === endpoint.node)
  if (node)
    return { name: `pod ${address} on ${node.name}`, viewpoint: atNode(node), source: address, isInHostNetns: false }
  return { ...EXTERNAL_CLIENT, name: `${address}, ${EXTERNAL_CLIENT.name}`, source: address }
}

/** A connection of the client to a destination. */
export function dialOf({ source, isInHostNetns }: Client, to: Destination): Dial {
  const client = source === undefined ? { isInHostNetns } : { isInHostNetns, source }
  return { ...to, client }
}
