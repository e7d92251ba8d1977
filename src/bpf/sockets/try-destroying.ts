import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { statSync } from 'node:fs'
import { destroySockets } from './destroy-sockets.ts'

const HERE = '/proc/self/ns/net'
const LOOPBACK = '127.0.0.1'
const DISCARD = 9

/** The kernel says nothing when it cannot. */
export const SILENT = 'the kernel ends no sockets (CONFIG_INET_DIAG_DESTROY, CONFIG_INET_UDP_DIAG)'

/** Ends a socket of our own, to see whether this node can. Why it cannot, if so. */
export async function tryDestroying(): Promise<string | undefined> {
  const socket = createSocket('udp4')
  socket.on('error', () => {}) // when it works
  try {
    socket.connect(DISCARD, LOOPBACK)
    await once(socket, 'connect')
    const ends = { source: LOOPBACK, source_port: socket.address().port, backend: LOOPBACK, backend_port: DISCARD }
    const reason = await destroySockets(HERE, statSync(HERE).ino, [ends])
    return reason ?? (isConnected(socket) ? SILENT : undefined)
  } catch (error) {
    return `a socket cannot be made to try it with: ${(error as Error).message}`
  } finally {
    socket.close()
  }
}

function isConnected(socket: Socket): boolean {
  try {
    socket.remoteAddress()
    return true
  } catch {
    return false
  }
}
