// SPDX-License-Identifier: Apache-2.0
import type { Backend } from '../../src/datapath/backend.ts'
import { concat, pack, setU16 } from './bytes.ts'
import { transportChecksum } from './checksum.ts'
import { type IpHeader, ip, NEXT } from './ip.ts'

/** An address and a port, of whoever sends or receives. */
export type Endpoint = Backend
type HeaderFields = Omit<IpHeader, 'source' | 'destination'>

/** The bits of the TCP flags by the letters of tcpdump; `.` is ACK. */
export const TCP_FLAGS = { F: 1, S: 2, R: 4, P: 8, '.': 16 } as const
export type TcpFlag = keyof typeof TCP_FLAGS

export interface Tcp extends HeaderFields {
  from: Endpoint
  to: Endpoint
  /** As tcpdump writes them: `S`, `S.`, `.`, `P.`, `R`. A SYN by default. */
  flags?: string
  sequence?: number
  acknowledgement?: number
  data?: Uint8Array
}

export function tcp(segment: Tcp): Uint8Array {
  const { from, to, flags = 'S', sequence = 1000, acknowledgement = 0, data = new Uint8Array(), ...header } = segment
  const bits = [...flags].reduce((sum, letter) => sum | TCP_FLAGS[letter as TcpFlag], 0)
  const bytes = concat(
    pack([2, from.port], [2, to.port], [4, sequence], [4, acknowledgement]),
    pack([1, 0x50], [1, bits], [2, 64240], [2, 0], [2, 0]),
    data,
  )
  setU16(bytes, 16, transportChecksum(from.address, to.address, NEXT.TCP, bytes))
  return ip({ ...header, source: from.address, destination: to.address }, NEXT.TCP, bytes)
}

export interface Udp extends HeaderFields {
  from: Endpoint
  to: Endpoint
  data?: Uint8Array
  /** False: the field is zero, which IPv4 allows. */
  hasChecksum?: boolean
}

export function udp(datagram: Udp): Uint8Array {
  const { from, to, data = new Uint8Array(), hasChecksum = true, ...header } = datagram
  const bytes = concat(pack([2, from.port], [2, to.port], [2, 8 + data.length], [2, 0]), data)
  // A sum of zero is sent as its other form: zero says that there is none (RFC 768).
  if (hasChecksum) setU16(bytes, 6, transportChecksum(from.address, to.address, NEXT.UDP, bytes) || 0xffff)
  return ip({ ...header, source: from.address, destination: to.address }, NEXT.UDP, bytes)
}
