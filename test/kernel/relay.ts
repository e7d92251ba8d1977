// SPDX-License-Identifier: Apache-2.0
import { connect, createServer } from 'node:net'

/**
 * Lets processes of a network namespace reach a server outside of it: node relay.ts PORT SOCKET listens on the loopback address
 * and hands each connection to a Unix socket. Prints "ready"; ends when its stdin does.
 */
const [port, socket] = process.argv.slice(2) as [string, string]
const server = createServer(client => {
  const server = connect(socket)
  for (const [from, to] of [
    [client, server],
    [server, client],
  ] as const)
    from.on('error', () => to.destroy()).pipe(to)
})
server.listen(Number(port), '127.0.0.1', () => console.log('ready'))
process.stdin.on('end', () => process.exit()).resume()
