// SPDX-License-Identifier: Apache-2.0
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { NODE_MAC, OUTSIDE_MAC } from '../test/kernel/arm.ts'
import { ethernet } from '../test/packets/ethernet.ts'
import { udp } from '../test/packets/transport.ts'
import { BACKEND_PORT, backendOf, DIALLED_PORT, type Size, vip } from './many-services.ts'
import type { Scratch } from './scratch.ts'

/** Of each frame, without its checksum at the end. */
export const FRAME_BYTES = 100
const HEADERS = 14 + 20 + 8

/** Who the packets of a file are for: VIPs, the backends behind them, or hosts that we do not know, as many whatever the Services. */
export type Destination = 'vip' | 'backend' | 'elsewhere'

/** Writes a file of frames for packets.c, one a flow, from sources of their own to the Services in turns; returns its path. Once a run. */
export function writePackets(scratch: Scratch, size: Size, flows: number, destination: Destination): string {
  const path = join(scratch.files, `packets-${size.services}-${flows}-${destination}`)
  if (existsSync(path)) return path
  const lines = Array.from({ length: flows }, (_, i) => {
    const packet = udp({ from: sourceOf(i), to: destinationOf(size, i, destination), data: DATA })
    return `${Buffer.from(ethernet(packet, NODE_MAC, OUTSIDE_MAC)).toString('hex')}\n`
  })
  writeFileSync(path, lines.join(''))
  return path
}

const DATA = new Uint8Array(FRAME_BYTES - HEADERS).fill(0x6b)

/** Sixteen flows of each client. */
function sourceOf(flow: number) {
  const client = 1 + (flow >> 4)
  return { address: `192.168.${client >> 8}.${client & 255}`, port: 1024 + ((flow * 7) % 60_000) }
}

function destinationOf(size: Size, flow: number, destination: Destination) {
  const service = flow % size.services
  switch (destination) {
    case 'vip':
      return { address: vip(size, service), port: DIALLED_PORT }
    case 'backend':
      return { address: backendOf(size, service, 0), port: BACKEND_PORT }
    case 'elsewhere':
      return { address: `172.16.${(flow >> 8) & 255}.${flow & 255}`, port: DIALLED_PORT }
  }
}
