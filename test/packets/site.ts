// SPDX-License-Identifier: Apache-2.0
import type { Address } from '../../src/base/address.ts'
import { compile } from '../../src/compile/compile.ts'
import { type Edge, type Edges, NO_EDGES } from '../../src/compile/edges.ts'
import { viewpointIn } from '../../src/compile/viewpoint.ts'
import type { Image } from '../../src/datapath/image.ts'
import { arrive } from '../../src/datapath/packet/arrive.ts'
import type { Choices, NodeFacts, PacketContext } from '../../src/datapath/packet/context.ts'
import { depart } from '../../src/datapath/packet/depart.ts'
import { tupleKey } from '../../src/datapath/packet/flows.ts'
import { type Packet, reverse, type Segment, type Tuple } from '../../src/datapath/packet/packet.ts'
import type { PacketState } from '../../src/datapath/packet/state.ts'
import type { Spec } from '../../src/spec/spec.ts'

/** The one edge of node n1 of the small specs; all that is not on the node is behind it. */
export const ETH0: Edge = { device: 'eth0', ifindex: 1, nat4: '192.168.50.1', nat6: 'fd00:50::1', rawIp: false }
const EDGES: Edges = { ...NO_EDGES, devices: [ETH0] }

/** A node with one edge, and what is behind it: a router between the outside, the node and its pods. */
export interface Site {
  image: Image
  /** ns; when the packet comes. */
  now?: bigint
  node?: Partial<NodeFacts>
  choices?: Partial<Choices>
}

/** Where a packet ends: at its receiver, or with the node, which stops it or answers it. */
export type Passage =
  | { end: 'delivered' | 'passed'; packet: Packet; state: PacketState }
  | { end: 'drop' | 'refuse'; state: PacketState }

export function siteOf(spec: Spec, edges: Edges = EDGES): Site {
  return { image: compile(spec, viewpointIn(spec.nodes, 'n1').value!, edges).image }
}

/** The same device as the host's side of a pod's. */
export const POD: Edges = { ...NO_EDGES, devices: [{ ...ETH0, pod: true }] }

/** Addresses of the small specs that are on the node: pods of the lower half of a subnet, and its own. */
export function isHere(address: Address): boolean {
  if (isOwn(address)) return true
  const pod = /^10\.244\.0\.(\d+)$/.exec(address)?.[1] ?? /^fd00:244::([0-9a-f]+)$/.exec(address)?.[1]
  return pod !== undefined && Number.parseInt(pod, address.includes(':') ? 16 : 10) % 2 === 0
}

function isOwn(address: Address): boolean {
  return address === ETH0.nat4 || address === ETH0.nat6
}

/** A packet from outside comes to the node, and goes where its destination is. */
export function fromOutside(site: Site, state: PacketState, packet: Packet): Passage {
  const context = contextOf(site)
  const came = arrive(context, state, packet)
  if (came.verdict === 'translate')
    return isHere(destinationOf(came.packet))
      ? { end: 'delivered', packet: came.packet, state: came.state }
      : fromHere(site, came.state, came.packet)
  if (came.verdict === 'pass') return { end: 'passed', packet, state: came.state }
  return { end: came.verdict, state: came.state }
}

/** A packet of the node, of its pods, or that it forwards, goes out. */
export function fromHere(site: Site, state: PacketState, packet: Packet): Passage {
  const left = depart(contextOf(site), state, packet)
  if (left.verdict === 'translate') return { end: 'delivered', packet: left.packet, state: left.state }
  if (left.verdict === 'pass') return { end: 'delivered', packet, state: left.state }
  return { end: left.verdict, state: left.state }
}

/** The answer of a backend to a packet as it got it. */
export function answer(site: Site, state: PacketState, got: Tuple, opens = false): Passage {
  const segment: Segment = { kind: 'segment', ...reverse(got), opens }
  return send(site, state, segment)
}

/** A packet from wherever its source is. */
export function send(site: Site, state: PacketState, packet: Packet): Passage {
  return isHere(sourceOf(packet)) ? fromHere(site, state, packet) : fromOutside(site, state, packet)
}

function sourceOf(packet: Packet): Address {
  if (packet.kind === 'other') throw new Error('no address')
  return typeof packet.source === 'string' ? packet.source : packet.source.address
}

function destinationOf(packet: Packet): Address {
  if (packet.kind === 'other') throw new Error('no address')
  return typeof packet.destination === 'string' ? packet.destination : packet.destination.address
}

export function contextOf({ image, now = 0n, node, choices }: Site): PacketContext {
  return {
    image,
    ifindex: ETH0.ifindex,
    now,
    choices: { ...CHOICES, ...choices },
    node: { hasAddress: isHere, hasSocket: () => false, sends: ({ source }) => isOwn(source.address), ...node },
  }
}

/** From so few ports that flows often meet. */
const CHOICES: Choices = {
  backend: (tuple, block, backends) => backends[hash(`${tupleKey(tuple)} ${block}`) % backends.length]!,
  clientPort: (tuple, attempt) => 1024 + ((hash(tupleKey(tuple)) + attempt) % 40),
  natPort: (tuple, attempt) => 40000 + ((hash(tupleKey(tuple)) + attempt) % 40),
}

/** FNV-1a. */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (const character of text) value = Math.imul(value ^ character.charCodeAt(0), 0x01000193) >>> 0
  return value
}

/** The tuple of a packet that has one. */
export function tupleOf(packet: Packet): Tuple {
  if (packet.kind !== 'segment') throw new Error(`a packet of the kind ${packet.kind}`)
  const { protocol, source, destination } = packet
  return { protocol, source, destination }
}
