// SPDX-License-Identifier: Apache-2.0
import { tupleKey } from './flows.ts'
import { type IcmpError, reverse } from './packet.ts'
import type { PacketState } from './state.ts'
import type { PacketVerdict } from './verdict.ts'

/**
 * An error at an edge's ingress, about a packet that left by one: it goes to the sender of that packet, and quotes the packet as
 * its sender made it, so far as ingress rewrites: outer destination and inner source. Egress does the rest.
 */
export function arriveError(state: PacketState, packet: IcmpError): PacketVerdict {
  const { about } = packet
  const record = state.flows.arrivals.get(tupleKey(reverse(about)))
  // An error goes to the sender of what it quotes. Any other is made up.
  if (packet.isRedirect || !record || packet.destination !== about.source.address) return { verdict: 'pass', state }
  if (record.kind === 'return') {
    const { client } = record
    return translated(state, { ...packet, destination: client.address, about: { ...about, source: client } })
  }
  const { backend, clientPort } = record
  const destination = { ...about.destination, port: clientPort }
  return translated(state, {
    ...packet,
    destination: backend.address,
    about: { ...about, source: backend, destination },
  })
}

function translated(state: PacketState, packet: IcmpError): PacketVerdict {
  return { verdict: 'translate', packet, state }
}
