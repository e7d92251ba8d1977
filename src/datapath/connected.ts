// SPDX-License-Identifier: Apache-2.0
import { decode, type StructValue } from './codec.ts'
import { structs } from './layout.gen.ts'

/** A connected UDP socket whose original destination is a Service, and which still has the backend it got. */
export type ConnectedSocket = StructValue<'connected_socket'>

const COOKIE_BYTES = 8

/**
 * The sockets in lists, each list as it was read (latin1), each socket once. A socket that has a slot may have an outdated
 * entry in socket storage too, so the list of slots comes first.
 */
export function parseConnected(lists: readonly string[]): ConnectedSocket[] {
  const { size, fields } = structs.connected_socket
  const sockets = new Map<string, ConnectedSocket>()
  for (const list of lists) {
    for (let at = 0; at + size <= list.length; at += size) {
      const cookieAt = at + fields.socket.offset
      const cookie = list.slice(cookieAt, cookieAt + COOKIE_BYTES)
      if (!sockets.has(cookie)) sockets.set(cookie, decode('connected_socket', list.slice(at, at + size)))
    }
  }
  return [...sockets.values()]
}
