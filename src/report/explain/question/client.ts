// SPDX-License-Identifier: Apache-2.0
import { type Address, parseAddress } from '../../../base/address.ts'
import { error, nearest, type Result } from '../../../base/diagnostic.ts'
import { atNode, EXTERNAL, nodeAt, type Viewpoint, viewpointIn } from '../../../compile/viewpoint.ts'
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
  translatedAt: TranslatedAt
  /** Remarks on where it is translated. */
  remarks?: readonly string[]
}

/**
 * Where the datapath meets what a client sends: at its sockets; as packets at an edge, from outside, or at the host's side of
 * its pod's device; or nowhere.
 */
export type TranslatedAt = 'sockets' | 'edge' | 'pod-device' | 'nowhere'

export function podOn(node: Node): Client {
  return {
    name: `a pod on ${node.name}`,
    viewpoint: atNode(node),
    isInHostNetns: false,
    translatedAt: 'sockets',
  }
}

export const EXTERNAL_CLIENT: Client = {
  name: formatViewpoint(EXTERNAL),
  viewpoint: EXTERNAL,
  isInHostNetns: false,
  translatedAt: 'sockets',
}

/** A client outside the cluster that sends its packets to a node. */
function outside(node: Node): Client {
  const name = `a client outside that reaches ${node.name}`
  return { name, viewpoint: atNode(node), isInHostNetns: false, translatedAt: 'edge' }
}

/**
 * Finds the client of `--from`: a node's name (a pod there), a node's address (the node itself), a pod's, any other, `external`;
 * or `outside`, which reaches the node `reached` (null: a host outside the cluster was chosen, and none is).
 */
export function resolveClient(text: string, spec: Spec, reached: string | null): Result<Client> {
  if (text === 'external') return { value: EXTERNAL_CLIENT, diagnostics: [] }
  if (text === 'outside') return outsideOf(reached, spec)
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
    : 'give a node, the address of a pod, a node or another host, outside or external'
  return {
    value: undefined,
    diagnostics: [error('unknown-client', `"${text}" is neither a node nor an address`, { hint })],
  }
}

function outsideOf(reached: string | null, spec: Spec): Result<Client> {
  const { value, diagnostics } = viewpointIn(spec.nodes, reached)
  const node = value && nodeAt(value)
  if (node || !value) return { value: node && outside(node), diagnostics }
  const hint = 'give --node NAME: each node decides for the packets that reach it'
  const message = '--from outside is a client that reaches a node, and --external is none'
  return { value: undefined, diagnostics: [error('unknown-client', message, { hint })] }
}

function clientAt(address: Address, spec: Spec): Client {
  const own = spec.nodes.find(n => n.addresses.includes(address))
  if (own) return { ...podOn(own), name: `${own.name} itself`, isInHostNetns: true }
  const endpoint = spec.services
    .flatMap(service => service.endpoints.flatMap(group => group.endpoints))
    .find(e => e.address === address && e.node !== undefined)
  const node = endpoint && spec.nodes.find(n => n.name === endpoint.node)
  if (node) return { ...podOn(node), name: `pod ${address} on ${node.name}`, source: address }
  return { ...EXTERNAL_CLIENT, name: `${address}, ${EXTERNAL_CLIENT.name}`, source: address }
}

/** A connection of the client to a destination. */
export function dialOf({ source, isInHostNetns }: Client, to: Destination): Dial {
  const client = source === undefined ? { isInHostNetns } : { isInHostNetns, source }
  return { ...to, client }
}
