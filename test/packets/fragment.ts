// SPDX-License-Identifier: Apache-2.0
import { concat, u16, u32 } from './bytes.ts'
import { type IpHeader, ip } from './ip.ts'
import { type ParsedIp, parseIp } from './parse-ip.ts'

/** The fragments of a raw IP packet, each with at most `bytes` (a multiple of 8) of its payload, in order. */
export function fragmentsOf(packet: Uint8Array, bytes: number, id = 7): Uint8Array[] {
  const parsed = parseIp(packet)!
  const header = { ...headerOf(packet, parsed), id }
  const { payload, protocol } = parsed
  const pieces: Uint8Array[] = []
  for (let offset = 0; offset < payload.length; offset += bytes) {
    const more = offset + bytes < payload.length
    pieces.push(ip({ ...header, fragment: { offset, more } }, protocol, payload.slice(offset, offset + bytes)))
  }
  return pieces
}

/** The packet that fragments are of, in whatever order they come; undefined while one is missing. */
export function reassemble(fragments: readonly Uint8Array[]): Uint8Array | undefined {
  const parsed = fragments.map(packet => parseIp(packet)!)
  const pieces = [...parsed].sort((a, b) => a.fragment!.offset - b.fragment!.offset)
  let length = 0
  for (const { fragment, payload } of pieces) {
    if (fragment!.offset !== length) return undefined
    length += payload.length
  }
  if (pieces.length === 0 || pieces.at(-1)!.fragment!.more) return undefined
  const header = headerOf(fragments[0]!, parsed[0]!)
  return ip(header, pieces[0]!.protocol, concat(...pieces.map(({ payload }) => payload)))
}

/** The header of a packet without its fragmentation. */
function headerOf(packet: Uint8Array, { source, destination, hops, extensions, options }: ParsedIp): IpHeader {
  const isV4 = packet[0]! >> 4 === 4
  const trafficClass = isV4 ? packet[1]! : (u32(packet, 0) >>> 20) & 0xff
  return { source, destination, hops, trafficClass, options, extensions, ...(isV4 && { id: u16(packet, 4) }) }
}
