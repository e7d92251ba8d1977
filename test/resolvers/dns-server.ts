// SPDX-License-Identifier: Apache-2.0
import { createSocket } from 'node:dgram'
import { createServer } from 'node:net'
import { parseGroups } from '../../src/base/ipv6.ts'

/**
 * A small DNS server on port 53 of the addresses that it is given, UDP and TCP:
 *
 *   node dns-server.ts NUMBER ADDRESS...
 *
 * The addresses that it answers with say who answered, and how: 192.0.2.NUMBER over UDP, 198.51.100.NUMBER over TCP. What
 * `big.svc.test` has does not fit into a datagram. `vip.svc.test` has the addresses of a Service. Prints "ready"; ends
 * when its stdin does.
 */
const [number, ...addresses] = process.argv.slice(2)

const A = 1
const AAAA = 28
const FLAG_RESPONSE = 0x8580
const FLAG_TRUNCATED = 0x0200
const NO_SUCH_NAME = 3

type Transport = 'udp' | 'tcp'

/** The addresses of a name, by record type; 'truncated' when they do not fit. */
function recordsOf(name: string, transport: Transport): Record<number, string> | 'truncated' | undefined {
  if (name === 'vip.svc.test') return { [A]: '10.96.0.10', [AAAA]: 'fd00:96::10' }
  if (name === 'big.svc.test' && transport === 'udp') return 'truncated'
  if (name !== 'www.svc.test' && name !== 'big.svc.test') return undefined
  return transport === 'udp'
    ? { [A]: `192.0.2.${number}`, [AAAA]: `2001:db8::${number}` }
    : { [A]: `198.51.100.${number}`, [AAAA]: `2001:db8:1::${number}` }
}

/** The one question of a query: its name, its type, and its bytes. */
function questionOf(query: Buffer): { name: string; type: number; bytes: Buffer } {
  const labels: string[] = []
  let at = 12
  for (; query[at]; at += 1 + query[at]!) labels.push(query.toString('latin1', at + 1, at + 1 + query[at]!))
  return { name: labels.join('.').toLowerCase(), type: query.readUInt16BE(at + 1), bytes: query.subarray(12, at + 5) }
}

function answer(query: Buffer, transport: Transport): Buffer {
  const { name, type, bytes } = questionOf(query)
  const records = recordsOf(name, transport)
  const address = records === 'truncated' ? undefined : records?.[type]
  const outcome = records === undefined ? NO_SUCH_NAME : records === 'truncated' ? FLAG_TRUNCATED : 0
  const header = Buffer.alloc(12)
  header.writeUInt16BE(query.readUInt16BE(0), 0)
  header.writeUInt16BE(FLAG_RESPONSE | outcome, 2)
  header.writeUInt16BE(1, 4)
  header.writeUInt16BE(address ? 1 : 0, 6)
  return Buffer.concat([header, bytes, address ? record(type, address) : Buffer.alloc(0)])
}

/** A record of the name that the question has, for a second. */
function record(type: number, address: string): Buffer {
  const data = address.includes(':')
    ? Buffer.from(parseGroups(address)!.flatMap(group => [group >> 8, group & 255]))
    : Buffer.from(address.split('.').map(Number))
  const fixed = Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 1, 0, data.length])
  return Buffer.concat([fixed, data])
}

function listenUdp(address: string): Promise<void> {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4')
  socket.on('message', (query, { address, port }) => socket.send(answer(query, 'udp'), port, address))
  return new Promise(bound => socket.bind(53, address, bound))
}

/** Each message has its length before it. */
function listenTcp(address: string): Promise<void> {
  const server = createServer(connection => {
    let received = Buffer.alloc(0)
    connection.on('error', () => {})
    connection.on('data', piece => {
      received = Buffer.concat([received, piece])
      while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
        const end = 2 + received.readUInt16BE(0)
        const text = answer(received.subarray(2, end), 'tcp')
        connection.write(Buffer.concat([Buffer.from([text.length >> 8, text.length & 255]), text]))
        received = received.subarray(end)
      }
    })
  })
  return new Promise(bound => server.listen(53, address, bound))
}

await Promise.all(addresses.flatMap(address => [listenUdp(address), listenTcp(address)]))
process.stdin.on('end', () => process.exit()).resume()
console.log('ready')
