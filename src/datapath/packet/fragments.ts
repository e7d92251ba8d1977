// SPDX-License-Identifier: Apache-2.0
import type { Fragment, Segment } from './packet.ts'
import type { PacketState } from './state.ts'

/** A segment or fragment as if it had its ports, and the state that remembers them. Undefined: the ports are not known. */
export function withPorts(
  state: PacketState,
  packet: Segment | Fragment,
): { segment: Segment; state: PacketState } | undefined {
  return packet.kind === 'segment' ? remember(state, packet) : recallPorts(state, packet)
}

function remember(state: PacketState, segment: Segment): { segment: Segment; state: PacketState } {
  if (segment.fragment === undefined) return { segment, state }
  const { source, destination } = segment
  const key = fragmentKey({ ...segment, source: source.address, destination: destination.address }, segment.fragment)
  const fragments = new Map(state.fragments).set(key, { source: source.port, destination: destination.port })
  return { segment, state: { ...state, fragments } }
}

function recallPorts(state: PacketState, packet: Fragment): { segment: Segment; state: PacketState } | undefined {
  const ports = state.fragments.get(fragmentKey(packet, packet.fragment))
  if (!ports) return undefined
  const { protocol } = packet
  const source = { address: packet.source, port: ports.source }
  const destination = { address: packet.destination, port: ports.destination }
  return { segment: { kind: 'segment', protocol, source, destination, opens: false }, state }
}

/** The form that the translated packet has: a later fragment is one again, with the addresses alone. */
export function inFormOf(packet: Segment | Fragment, segment: Segment): Segment | Fragment {
  if (packet.kind === 'segment') return segment
  return { ...packet, source: segment.source.address, destination: segment.destination.address }
}

function fragmentKey({ protocol, source, destination }: Omit<Fragment, 'kind' | 'fragment'>, id: number): string {
  return `${protocol} ${source} > ${destination} ${id}`
}
