// SPDX-License-Identifier: Apache-2.0
import { type Address, familyOf } from '../../src/base/address.ts'
import type { Image } from '../../src/datapath/image.ts'
import { lookupPacket } from '../../src/datapath/packet/lookup-packet.ts'
import { NODE_PORTS, NODES, OUTER, PORTS, VIPS } from '../arbitrary/transition.ts'
import { EDGE_NODES, type EdgeNodeName, hostOf, LASTING, NUMBERS, STEADY_NODE_PORTS, STEADY_VIPS } from './edge-walk.ts'
import type { OutsideRow } from './load.ts'

/** What a client outside does, and the node that decides what it gets. */
export interface EdgeRow extends OutsideRow {
  /** The node whose host outside the client is on. */
  host: EdgeNodeName
  via: EdgeNodeName
  /** Is it of the Service that always has endpoints? */
  isSteady: boolean
}

const NODE_OF = new Map(NODES.flatMap(({ name, addresses }) => addresses.map(a => [a, name as EdgeNodeName])))

/** All that clients of a node's host do: calls, and streams and flows. */
function rowsOn(host: EdgeNodeName): EdgeRow[] {
  const row = (address: Address, port: number, mode: OutsideRow['mode'], isSteady: boolean): EdgeRow => {
    return { host, via: NODE_OF.get(address) ?? host, isSteady, family: familyOf(address), mode, address, port }
  }
  const calls = (addresses: readonly Address[], ports: readonly number[]) =>
    addresses.flatMap(address =>
      ports.flatMap(port => (['tcp', 'udp'] as const).map(mode => row(address, port, mode, false))),
    )
  const allOf = (addresses: readonly Address[], { tcp, udp, stream }: Record<'tcp' | 'udp' | 'stream', number>) =>
    addresses.flatMap(address => [
      row(address, tcp, 'tcp', true),
      row(address, udp, 'udp', true),
      row(address, stream, 'stream', true),
      row(address, udp, 'flow', true),
    ])
  const vips = [...VIPS[4], ...VIPS[6], ...OUTER]
  const nodes = [...NODE_OF.keys()]
  return [
    ...calls(vips, PORTS),
    ...calls(nodes, NODE_PORTS),
    ...vips.map(address => row(address, 80, 'flow', false)),
    ...allOf(STEADY_VIPS, { tcp: 80, udp: 80, stream: LASTING }),
    ...allOf(nodes, STEADY_NODE_PORTS),
  ]
}

export const EDGE_ROWS: readonly EdgeRow[] = EDGE_NODES.flatMap(rowsOn)

/** The backends, by number, that a row may get on its node under an image; none: it gets no answer. */
export function backendsOf(image: Image, { address, port, mode, host, family }: EdgeRow): ReadonlySet<number> {
  const protocol = mode === 'tcp' || mode === 'stream' ? 'TCP' : 'UDP'
  const client = hostOf(host)[family === 4 ? 'v4' : 'v6']
  const verdict = lookupPacket(image, { address, port, protocol }, client, 'outside')
  return new Set(verdict.kind === 'forward' ? verdict.backends.map(b => NUMBERS.get(b.address)!) : [])
}
