// SPDX-License-Identifier: Apache-2.0
import { hash } from 'node:crypto'
import { type Backend, formatBackend } from './backend.ts'

/** Ids are the first 64 bits of a SHA-256; 0 is kept for "none". */
function id64(content: string): bigint {
  const id = BigInt(`0x${hash('sha256', content).slice(0, 16)}`)
  return id === 0n ? 1n : id
}

/** The content address of a backend list in its canonical order; 0 for the empty list. */
export function blockId(backends: readonly Backend[]): bigint {
  return backends.length === 0 ? 0n : id64(backends.map(formatBackend).join('\n'))
}

/** The content address of a set of canonical CIDRs in their canonical order; 0 for "open to all". */
export function rangeSetId(cidrs: readonly string[]): bigint {
  return cidrs.length === 0 ? 0n : id64(cidrs.join('\n'))
}

/** The owner of affinity records: all frontends of one service port share it. */
export function serviceId(service: string, portName: string): bigint {
  return id64(`${service}:${portName}`)
}
