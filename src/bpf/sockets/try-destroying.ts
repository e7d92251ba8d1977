// SPDX-License-Identifier: Apache-2.0
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { statSync } from 'node:fs'
import { hasCapability } from '../../host/capabilities.ts'
import { kernelKnows } from '../features.ts'
import { destroySockets } from './destroy-sockets.ts'

const HERE = '/proc/self/ns/net'
const LOOPBACK = '127.0.0.1'
const DISCARD = 9

/** Why sockets that ss was to destroy are still there: neither ss nor the kernel says anything then. */
export function whyNotDestroyed(): string {
  return hasCapability('CAP_NET_ADMIN')
    ? 'the kernel destroys no sockets (CONFIG_INET_DIAG_DESTROY, CONFIG_INET_UDP_DIAG)'
    : 'this process lacks CAP_NET_ADMIN'
}

/** Destroys a socket of our own by `ss`, to see whether this node can. Why it cannot, if so. */
export async function tryDestroying(): Promise<string | undefined> {
  const socket = createSocket('udp4')
  socket.on('error', () => {}) // when it works
  try {
    socket.connect(DISCARD, LOOPBACK)
    await once(socket, 'connect')
    const ends = { source: LOOPBACK, source_port: socket.address().port, backend: LOOPBACK, backend_port: DISCARD }
    const reason = await destroySockets(HERE, statSync(HERE).ino, [ends])
    return reason ?? (isConnected(socket) && !canDestroyInWalk() ? whyNotDestroyed() : undefined)
  } catch (error) {
    return `a socket cannot be made to try it with: ${(error as Error).message}`
  } finally {
    socket.close()
  }
}

/** Can a SocketDestroyer, as far as can be told without loading it? */
function canDestroyInWalk(): boolean {
  return hasCapability('CAP_SYS_ADMIN') && kernelKnows('bpf_sock_destroy')
}

function isConnected(socket: Socket): boolean {
  try {
    socket.remoteAddress()
    return true
  } catch {
    return false
  }
}
