// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from 'vitest'
import { familyOf } from '../../src/base/address.ts'
import type { Backend } from '../../src/datapath/backend.ts'
import { arrive } from '../../src/datapath/packet/arrive.ts'
import type { PacketContext } from '../../src/datapath/packet/context.ts'
import { depart } from '../../src/datapath/packet/depart.ts'
import type { Packet, Segment } from '../../src/datapath/packet/packet.ts'
import { NO_PACKET_STATE } from '../../src/datapath/packet/state.ts'
import { compileAt } from '../build/compile.ts'
import { agrees, nameOfAddress, type Outcome, Reading, readOutcomes, recordedSpec } from '../outcomes.ts'

const spec = recordedSpec()
const rows = readOutcomes()
const reading = new Reading(rows, spec)
const title = (row: Outcome) => `${row.service} ${row.kind} ${row.addr} ${row.port}/${row.mode}`

/** n2 was asked for its own node ports, n1 for everything else. */
const IMAGES = { n1: imageOf('n1'), n2: imageOf('n2') }
const nodeOf = (row: Outcome): 'n1' | 'n2' => (row.kind === 'nodePort@n2' ? 'n2' : 'n1')

function imageOf(node: 'n1' | 'n2') {
  const [nat4, nat6] = [`192.168.50.${node[1]}`, `fd00:50::${node[1]}`]
  return compileAt(spec, node, {
    devices: [{ device: 'eth0', ifindex: 2, nat4, nat6, rawIp: false }],
    otherProxy: false,
  }).image
}

/** What x1, a host outside, sends first. */
function opening({ addr, port, mode }: Outcome): Segment {
  const source = { address: familyOf(addr) === 4 ? '192.168.50.100' : 'fd00:50::100', port: 40000 }
  const protocol = mode === 'tcp' ? 'TCP' : 'UDP'
  return { kind: 'segment', protocol, source, destination: { address: addr, port }, opens: mode === 'tcp' }
}

/** What becomes of it on a node: `ok` with the names of all backends that it may get, and how the first of them sees it. */
function met(
  row: Outcome,
  node = nodeOf(row),
): { end: 'ok'; names: string[]; seen: Packet } | { end: 'pass' | 'drop' | 'refuse' } {
  const backends: Backend[] = []
  const context: PacketContext = {
    image: IMAGES[node],
    ifindex: 2,
    now: 0n,
    choices: {
      backend: (_, __, list) => {
        backends.push(...list)
        return list[0]!
      },
      clientPort: () => 1024,
      natPort: () => 40000,
    },
    node: { hasAddress: () => false, hasSocket: () => false, sends: () => false },
  }
  const there = arrive(context, NO_PACKET_STATE, opening(row))
  if (there.verdict !== 'translate') return { end: there.verdict }
  const names = backends.map(({ address, port }) => `${nameOfAddress(address)}:${port}`)
  const isHere = nameOfAddress(backends[0]!.address)[1] === nodeOf(row)[1]
  const left = isHere ? there : depart(context, there.state, there.packet)
  return { end: 'ok', names, seen: left.verdict === 'translate' ? left.packet : there.packet }
}

/** Service ports that no proxy serves: the network does with them what it does without one. */
const isLeft = (row: Outcome) => reading.expected(row, 'p11') === 'untouched'

describe('an edge does with what x1 sent what kube-proxy did', () => {
  test.each(rows.map(row => [title(row), row] as const))('%s', (_, row) => {
    const { ok, fail } = row.x1
    const now = met(row)
    if (isLeft(row)) {
      expect(now.end).toBe('pass')
      // A node answers for its own addresses; no one has the others.
      return expect(fail).toBe(row.kind.startsWith('nodePort@') ? 'refused' : 'dropped')
    }
    if (!ok) return expect(now.end).toBe(fail === 'refused' ? 'refuse' : 'drop')
    const all = !spec.services.find(s => `${s.namespace}/${s.name}` === row.service)!.affinitySeconds
    if (now.end !== 'ok') throw new Error(now.end)
    expect(agrees(now.names, { answers: [...ok].sort(), all }), now.names.join()).toBe(true)
  })
})

test('a packet to a node port of another node is on its way there', () => {
  const others = rows.filter(({ kind }) => kind === 'nodePort@n2')
  expect(others.filter(row => met(row, 'n1').end !== 'pass').map(title)).toEqual([])
})

/**
 * Where DESIGN.md 4 decides otherwise than kube-proxy, no row of the recording shows a difference: unknown ports were asked of
 * cluster IPs alone, and the source that a backend saw was not recorded. So no row is excepted above, and the source is held
 * to the design here: x1's own under policy Local, and where the backend is on the node; else the node's.
 */
describe('backends see x1 itself, or the node that sends to a backend elsewhere', () => {
  const answered = rows.filter(row => met(row).end === 'ok')
  test.each(answered.map(row => [title(row), row] as const))('%s', (_, row) => {
    const now = met(row)
    if (now.end !== 'ok' || now.seen.kind !== 'segment') throw new Error('not answered')
    const { source, destination } = now.seen
    const isHere = nameOfAddress(destination.address)[1] === nodeOf(row)[1]
    const { address } = opening(row).source
    const node = familyOf(address) === 4 ? `192.168.50.${nodeOf(row)[1]}` : `fd00:50::${nodeOf(row)[1]}`
    expect(source.address).toBe(isHere ? address : node)
    if (isLocal(row)) expect(isHere).toBe(true)
  })
})

function isLocal({ service, kind }: Outcome): boolean {
  const { externalTrafficPolicy } = spec.services.find(s => `${s.namespace}/${s.name}` === service)!
  return kind !== 'clusterIP' && externalTrafficPolicy === 'Local'
}
