// SPDX-License-Identifier: Apache-2.0
import { decode, type StructValue } from './codec.ts'
import { structs } from './layout.gen.ts'

/** A connected UDP socket whose original destination is a Service, and which still has the backend it got. */
export type ConnectedSocket = StructValue<'connected_socket'>

/**
 * The sockets in lists, each list as it was read (latin1), each socket once. A socket that has a slot may have an outdated
 * entry in socket storage too, so the list of slots comes first.
 */
export function parseConnected(lists: readonly string[]): ConnectedSocket[] {
  const { size } = structs.connected_socket
  const sockets = new Map<bigint, ConnectedSocket>()
  for (const list of lists) {
    for (let at = 0; at + size <= list.length; at += size) {
      const socket = decode('connected_socket', list.slice(at, at + size))
      if (!sockets.has(socket.socket)) sockets.set(socket.socket, socket)
    }
  }
  return [...sockets.values()]
}
