// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { Listener } from './cluster.ts'

/**
 * Answers HTTP for everybody who lives in a network namespace, each request with a line that says who was reached:
 *
 *     node http-server.ts '[{"address": "10.244.1.14", "port": 8080, "answer": "frontend-0@node-a1"}, …]'
 *
 * At /client it also says from which address it was asked. Prints "ready" once all listen; ends when its stdin does, so it cannot outlive its parent.
 */
const listeners = JSON.parse(process.argv[2]!) as Listener[]

await Promise.all(
  listeners.map(({ address, port, answer }) => {
    const server = createServer(({ url, socket }, response) => {
      const seen = url === '/client' ? ` saw ${socket.remoteAddress}` : ''
      response.setHeader('Connection', 'close').end(`${answer}${seen}\n`)
    })
    return once(server.listen(port, address), 'listening')
  }),
)
console.log('ready')
process.stdin.on('close', () => process.exit()).resume()
