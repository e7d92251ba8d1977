// SPDX-License-Identifier: Apache-2.0
/** The transport protocols that a Service port can have (Kubernetes core/v1 Protocol). */
export type Protocol = 'TCP' | 'UDP' | 'SCTP'

export const PROTOCOLS: readonly Protocol[] = ['TCP', 'UDP', 'SCTP']

/** IANA protocol numbers, as the kernel has them. */
export const PROTOCOL_NUMBERS: Readonly<Record<Protocol, number>> = { TCP: 6, UDP: 17, SCTP: 132 }

export function protocolOfNumber(number: number): Protocol | undefined {
  return PROTOCOLS.find(p => PROTOCOL_NUMBERS[p] === number)
}

export function isPort(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 65535
}
