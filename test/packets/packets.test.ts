// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { concat } from './bytes.ts'
import { ethernet, packetOf, tagged } from './ethernet.ts'
import { fragmentsOf, reassemble } from './fragment.ts'
import { icmp, icmpError, quoteOf } from './icmp.ts'
import { NEXT, padding } from './ip.ts'
import { parsePacket } from './parse.ts'
import { tcp, udp } from './transport.ts'
import { wrongChecksums } from './verify.ts'

const ENDS = {
  4: { from: { address: '198.51.100.7', port: 40000 }, to: { address: '203.0.113.9', port: 80 } },
  6: { from: { address: '2001:db8::7', port: 40000 }, to: { address: '2001:db8:1::9', port: 80 } },
} as const
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

test('a packet has the bytes that RFC 768 and 791 give it, worked out by hand', () => {
  const packet = udp({
    from: { address: '192.0.2.1', port: 1 },
    to: { address: '192.0.2.2', port: 2 },
    id: 0,
    data: Uint8Array.from([0x68, 0x69]),
  })
  expect(hex(packet)).toBe('4500001e000040004011b6cbc0000201c000020200010002000a136a6869')
})

describe.each([4, 6] as const)('IPv%i', family => {
  const { from, to } = ENDS[family]
  const data = Uint8Array.from({ length: 50 }, (_, i) => i)

  test.each([
    ['TCP', () => tcp({ from, to, flags: 'S.', data })],
    ['UDP', () => udp({ from, to, data })],
  ] as const)('%s reads back', (protocol, build) => {
    const parsed = parsePacket(build())!
    expect(parsed).toMatchObject({ protocol, from, to, flags: protocol === 'TCP' ? 'S.' : '' })
    expect(hex(parsed.data)).toBe(hex(data))
    expect(wrongChecksums(build())).toEqual([])
  })

  test('options and extension headers stand before the transport header', () => {
    const options = family === 4 ? { options: Uint8Array.from([1, 1, 1, 0]) } : {}
    const extensions =
      family === 6
        ? [
            { type: NEXT.HOP_BY_HOP, body: padding(6) },
            { type: NEXT.DESTINATION_OPTIONS, body: padding(14) },
          ]
        : []
    const packet = udp({ from, to, data, extensions, ...options })
    expect(parsePacket(packet)).toMatchObject({ from, to, ip: { at: family === 4 ? 24 : 64, extensions } })
    expect(wrongChecksums(packet)).toEqual([])
  })

  test('an error quotes a packet, and a redirect too', () => {
    const about = tcp({ from, to })
    for (const kind of ['portUnreachable', 'tooBig', 'redirect'] as const) {
      const error = icmpError(kind, to.address, from.address, about, { rest: 1400 })
      expect(parsePacket(error)).toMatchObject({ protocol: 'ICMP', icmp: { kind, rest: 1400, quote: { from, to } } })
      expect(wrongChecksums(error)).toEqual([])
    }
    expect(parsePacket(icmp({ kind: 'echo', source: from.address, destination: to.address }))?.icmp?.kind).toBe('echo')
  })

  test('fragments in any order are the packet again', () => {
    const packet = udp({ from, to, data: new Uint8Array(3000).fill(7) })
    const fragments = fragmentsOf(packet, 1400)
    expect(fragments.length).toBe(3)
    expect(fragments.map(f => parsePacket(f)!.protocol)).toEqual(['UDP', 'other', 'other'])
    expect(hex(reassemble([...fragments].reverse())!.subarray(family === 4 ? 20 : 0))).toBe(
      hex(packet.subarray(family === 4 ? 20 : 0)),
    )
    expect(reassemble(fragments.slice(1))).toBeUndefined()
    expect(fragments.flatMap(wrongChecksums)).toEqual([])
  })

  test('every wrong checksum is found and named', () => {
    const packets = [
      [tcp({ from, to, data }), ['tcp']],
      [udp({ from, to, data }), ['udp']],
      [
        icmpError('portUnreachable', to.address, from.address, udp({ from, to, data }), { quote: 2000 }),
        ['icmp', 'quoted udp'],
      ],
    ] as const
    for (const [packet, errors] of packets) expect(wrongChecksums(flip(packet, packet.length - 1))).toEqual(errors)
    if (family === 4) expect(wrongChecksums(flip(packets[0][0], 8))).toEqual(['ip'])
    const error = icmpError('portUnreachable', to.address, from.address, udp({ from, to, data }))
    // The TTL in the quoted header, which both checksums cover.
    if (family === 4) expect(wrongChecksums(flip(error, 28 + 8))).toEqual(['icmp', 'quoted ip'])
  })

  test('UDP without a checksum is right in IPv4 alone', () => {
    expect(wrongChecksums(udp({ from, to, hasChecksum: false }))).toEqual(family === 4 ? [] : ['udp'])
  })

  test('frames hold packets, tagged frames none', () => {
    const packet = tcp({ from, to })
    expect(hex(packetOf(ethernet(packet))!)).toBe(hex(packet))
    expect(packetOf(tagged(ethernet(packet), 5))).toBeUndefined()
  })

  test('garbage is read without an exception', () => {
    const start = icmpError('tooBig', to.address, from.address, quoteOf(tcp({ from, to })))
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), fc.nat(start.length), (noise, keep) => {
        const bytes = concat(start.subarray(0, keep), noise)
        parsePacket(bytes)
        wrongChecksums(bytes)
      }),
    )
  })
})

function flip(packet: Uint8Array, at: number): Uint8Array {
  const changed = Uint8Array.from(packet)
  changed[at]! ^= 1
  return changed
}
