// SPDX-License-Identifier: Apache-2.0
import { familyOf } from '../../src/base/address.ts'
import { u16, u32 } from './bytes.ts'
import { ICMP_KINDS, type IcmpKind } from './icmp.ts'
import { NEXT } from './ip.ts'
import { type ParsedIp, parseIp } from './parse-ip.ts'
import { type Endpoint, TCP_FLAGS, type TcpFlag } from './transport.ts'

/** A raw IP packet as a test reads it. What has no ports has port 0. */
export interface Parsed {
  ip: ParsedIp
  protocol: 'TCP' | 'UDP' | 'ICMP' | 'other'
  from: Endpoint
  to: Endpoint
  /** TCP: `S`, `S.`, … in the order of TCP_FLAGS. */
  flags: string
  /** What comes after the transport header. */
  data: Uint8Array
  icmp: { kind: IcmpKind | 'other'; rest: number; quote: Parsed | undefined } | undefined
}

/** Undefined: it is no IP packet. A later fragment is `other`: it has no transport header. */
export function parsePacket(bytes: Uint8Array): Parsed | undefined {
  const ip = parseIp(bytes)
  if (!ip) return undefined
  const { payload, protocol } = ip
  const bare = {
    ip,
    protocol: 'other',
    from: { address: ip.source, port: 0 },
    to: { address: ip.destination, port: 0 },
    flags: '',
    data: payload,
    icmp: undefined,
  } as const
  if (ip.fragment && ip.fragment.offset > 0) return bare
  if (protocol === (familyOf(ip.source) === 4 ? NEXT.ICMP : NEXT.ICMP6) && payload.length >= 8)
    return { ...bare, protocol: 'ICMP', icmp: icmpOf(ip), data: payload.subarray(8) }
  if ((protocol !== NEXT.TCP && protocol !== NEXT.UDP) || payload.length < 8) return bare
  const ports = {
    from: { address: ip.source, port: u16(payload, 0) },
    to: { address: ip.destination, port: u16(payload, 2) },
  }
  if (protocol === NEXT.UDP) return { ...bare, ...ports, protocol: 'UDP', data: payload.subarray(8) }
  const bits = payload[13] ?? 0
  const flags = (Object.keys(TCP_FLAGS) as TcpFlag[]).filter(letter => bits & TCP_FLAGS[letter]).join('')
  return { ...bare, ...ports, protocol: 'TCP', flags, data: payload.subarray((payload[12]! >> 4) * 4) }
}

function icmpOf({ payload, source }: ParsedIp): Parsed['icmp'] {
  const kinds = Object.entries(ICMP_KINDS[familyOf(source)])
  const known = kinds.find(([, [type, code]]) => payload[0] === type && payload[1] === code)
  const kind = (known?.[0] ?? 'other') as IcmpKind | 'other'
  const isError = familyOf(source) === 4 ? [3, 5, 11, 12].includes(payload[0]!) : payload[0]! < 128
  const quote = kind === 'redirect' && familyOf(source) === 6 ? payload.subarray(48) : payload.subarray(8)
  return {
    kind,
    rest: u32(payload, 4),
    quote: isError || kind === 'redirect' ? parsePacket(quote) : undefined,
  }
}
