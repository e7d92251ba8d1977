// SPDX-License-Identifier: Apache-2.0
import { type Address, familyOf } from '../../src/base/address.ts'
import type { Edges } from '../../src/compile/edges.ts'
import { type Backend, formatBackend } from '../../src/datapath/backend.ts'
import type { Destination } from '../../src/datapath/dial.ts'
import type { Image } from '../../src/datapath/image.ts'
import { arrive } from '../../src/datapath/packet/arrive.ts'
import type { PacketContext } from '../../src/datapath/packet/context.ts'
import { depart } from '../../src/datapath/packet/depart.ts'
import type { Packet, Segment } from '../../src/datapath/packet/packet.ts'
import { NO_PACKET_STATE } from '../../src/datapath/packet/state.ts'
import type { Spec } from '../../src/spec/spec.ts'
import { compileAt } from '../build/compile.ts'

/**
 * One line of a packets table: the client outside (another than CLIENTS: `CLIENT > `), where it sends to by the node's edge,
 * and `->` what becomes of it: `pass`, `drop`, `refuse`, or every backend that it may get. `as` is the source that a
 * backend elsewhere sees.
 */
export interface PacketRow {
  client: Address
  to: Destination & { protocol: 'TCP' | 'UDP' }
  expected: string
}

const CLIENTS = { 4: '198.51.100.7', 6: '2001:db8::7' } as const
const ROW = /^(?:(\S+) > )?\[?([^\]\s]+?)\]?:(\d+)\/(TCP|UDP)$/

export function packetRows(table: string): PacketRow[] {
  const lines = table.split('\n').filter(line => line.trim() !== '')
  return lines.map(line => {
    const [left, right = ''] = line.split('->')
    const match = ROW.exec(left!.trim())
    if (!match) throw new Error(`not a packet: ${line}`)
    const [, client, address, port, protocol] = match
    const to = { address: address!, port: Number(port), protocol: protocol as 'TCP' | 'UDP' }
    return { client: client ?? CLIENTS[familyOf(to.address)], to, expected: right.trim() }
  })
}

/** A packets table as the twin fills it in, for a node with an edge. */
export function tellPackets(table: string, spec: Spec, node: string): string {
  const image = imageWithEdge(spec, node)
  return packetRows(table)
    .map(({ client, to }) => {
      const own = client === CLIENTS[familyOf(to.address)] ? '' : `${client} > `
      const told = outcomeOf(image, spec, node, { client, to })
      return `${`${own}${formatBackend(to)}/${to.protocol}`.padEnd(26)} -> ${told}\n`
    })
    .join('')
}

/** The edge of a node of a story: device 1, with the node's first address of each family. */
export function imageWithEdge(spec: Spec, node: string): Image {
  const { addresses } = spec.nodes.find(({ name }) => name === node)!
  const nat = (family: 4 | 6) => addresses.find(address => familyOf(address) === family)
  const devices = [{ device: 'lo', ifindex: 1, nat4: nat(4), nat6: nat(6), rawIp: false }]
  return compileAt(spec, node, { devices, otherProxy: false } satisfies Edges).image
}

/** Is a backend on the node? Packets to all others leave by the edge. */
export function isOnNode(spec: Spec, node: string, address: Address): boolean {
  return spec.services.some(({ endpoints }) =>
    endpoints.some(group => group.endpoints.some(e => e.address === address && e.node === node)),
  )
}

function outcomeOf(image: Image, spec: Spec, node: string, { client, to }: Omit<PacketRow, 'expected'>): string {
  const { address, port, protocol } = to
  const source = { address: client, port: 40000 }
  const first: Segment = {
    kind: 'segment',
    protocol,
    source,
    destination: { address, port },
    opens: protocol === 'TCP',
  }
  const met: string[] = []
  let backends: readonly Backend[] = []
  for (let i = 0; i === 0 || i < backends.length; i++) {
    const context = contextFor(image, list => {
      backends = list
      return list[i]!
    })
    const there = arrive(context, NO_PACKET_STATE, first)
    if (there.verdict !== 'translate') return there.verdict
    const isHere = isOnNode(spec, node, addressOf(there.packet))
    const left = isHere ? there : depart(context, there.state, there.packet)
    met.push(formatSeen(left.verdict === 'translate' ? left.packet : there.packet, client))
  }
  return met.join(', ')
}

function contextFor(image: Image, choose: (list: readonly Backend[]) => Backend): PacketContext {
  const choices = { backend: (_: unknown, __: unknown, list: readonly Backend[]) => choose(list) }
  return {
    image,
    ifindex: 1,
    now: 0n,
    choices: { ...choices, clientPort: () => 40001, natPort: () => 40000 },
    node: { hasAddress: () => false, hasSocket: () => false, sends: () => false },
  }
}

function addressOf(packet: Packet): Address {
  if (packet.kind !== 'segment') throw new Error('not a segment')
  return packet.destination.address
}

/** A backend, and the source that it sees if it is not the client's. */
function formatSeen(packet: Packet, client: Address): string {
  if (packet.kind !== 'segment') throw new Error('not a segment')
  const { source, destination } = packet
  return formatBackend(destination) + (source.address === client ? '' : ` as ${source.address}`)
}
