// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Address, familyOf } from '../../src/base/address.ts'
import { compile } from '../../src/compile/compile.ts'
import type { Edge } from '../../src/compile/edges.ts'
import type { Frontend } from '../../src/compile/frontend.ts'
import { viewpointIn } from '../../src/compile/viewpoint.ts'
import type { Backend } from '../../src/datapath/backend.ts'
import type { Image } from '../../src/datapath/image.ts'
import { arrive } from '../../src/datapath/packet/arrive.ts'
import type { PacketContext } from '../../src/datapath/packet/context.ts'
import { depart } from '../../src/datapath/packet/depart.ts'
import type { Segment } from '../../src/datapath/packet/packet.ts'
import { NO_PACKET_STATE } from '../../src/datapath/packet/state.ts'
import type { Spec } from '../../src/spec/spec.ts'
import { NODES } from '../arbitrary/transition.ts'
import { compileAt } from '../build/compile.ts'
import { agrees, nameOfAddress, type Outcome, Reading, readOutcomes, recordedSpec } from '../outcomes.ts'
import { runs } from '../runs.ts'
import { siteSpec } from './arbitrary.ts'

/** The host's side of a pod's device, and the edge of the node. */
const POD: Edge = { device: 'cali1', ifindex: 7, nat4: '192.168.50.1', nat6: 'fd00:50::1', rawIp: false, pod: true }
const ETH0: Edge = { device: 'eth0', ifindex: 2, nat4: '192.168.50.1', nat6: 'fd00:50::1', rawIp: false }
const EDGES = { devices: [ETH0, POD], otherProxy: false }

const spec = recordedSpec()
const rows = readOutcomes()
const reading = new Reading(rows, spec)
const title = (row: Outcome) => `${row.service} ${row.kind} ${row.addr} ${row.port}/${row.mode}`
const { image } = compileAt(spec, 'n1', EDGES)

/** What becomes of the first packet that a pod sends; `backends`: all that it may get. */
function met(from: Image, first: Segment): { end: 'pass' | 'drop' | 'refuse' } | { end: 'ok'; backends: Backend[] } {
  const backends: Backend[] = []
  const context = contextAt(POD, from, list => backends.push(...list))
  const { verdict } = arrive(context, NO_PACKET_STATE, first)
  return verdict === 'translate' ? { end: 'ok', backends } : { end: verdict }
}

function contextAt({ ifindex }: Edge, image: Image, onChoice: (list: readonly Backend[]) => void): PacketContext {
  return {
    image,
    ifindex,
    now: 0n,
    choices: {
      backend: (_, __, list) => {
        onChoice(list)
        return list[0]!
      },
      clientPort: () => 1024,
      natPort: () => 40000,
    },
    node: { hasAddress: () => true, hasSocket: () => false, sends: () => false },
  }
}

function opening(source: Address, address: Address, port: number, protocol: 'TCP' | 'UDP'): Segment {
  const destination = { address, port }
  return { kind: 'segment', protocol, source: { address: source, port: 40000 }, destination, opens: protocol === 'TCP' }
}

describe('packets of the pod p11 meet what its sockets met under kube-proxy', () => {
  test.each(rows.map(row => [title(row), row] as const))('%s', (_, row) => {
    const source = familyOf(row.addr) === 4 ? '10.244.1.11' : 'fd00:244:1::11'
    const now = met(image, opening(source, row.addr, row.port, row.mode === 'tcp' ? 'TCP' : 'UDP'))
    const expected = reading.expected(row, 'p11')
    if (expected === 'untouched' || expected === 'left to n2') return expect(now.end).toBe('pass')
    if (expected === 'dropped') return expect(now.end).toBe('drop')
    if ('errno' in expected) return expect(now.end).toBe(expected.errno === 'ECONNREFUSED' ? 'refuse' : 'drop')
    if (now.end !== 'ok') throw new Error(now.end)
    const names = now.backends.map(({ address, port }) => `${nameOfAddress(address)}:${port}`)
    // With affinity the recording shows one backend of several.
    const isSticky = spec.services.find(s => `${s.namespace}/${s.name}` === row.service)!.affinitySeconds !== undefined
    expect(agrees(names, { ...expected, all: expected.all && !isSticky }), names.join()).toBe(true)
  })
})

/** Where a pod calls a frontend: a node port at each node, but for policy Local. */
function placesOf({ kind, address, family, externalLocal }: Frontend, { nodes }: Spec): Address[] {
  if (address !== undefined) return [address]
  if (kind !== 'nodePort') return []
  const at = nodes.filter(({ name }) => name === 'n1' || !externalLocal)
  return at.flatMap(({ addresses }) => addresses).filter(own => familyOf(own) === family)
}

test('a pod gets what compile says of it as internal, at each address of a frontend', () => {
  const ends = { forward: 'ok', reject: 'refuse', drop: 'drop' }
  const seen = new Set<string>()
  fc.assert(
    fc.property(siteSpec, site => {
      const { image, frontends } = compile(site, viewpointIn(site.nodes, 'n1').value!, EDGES)
      const exact = new Set(frontends.flatMap(f => (f.address === undefined ? [] : [`${f.address} ${f.port}`])))
      for (const frontend of frontends) {
        const { internal, family, port, protocol, kind, sourceRanges } = frontend
        if (protocol === 'SCTP' || sourceRanges.length > 0) continue
        for (const address of placesOf(frontend, site)) {
          if (kind === 'nodePort' && exact.has(`${address} ${port}`)) continue
          const source = family === 4 ? '10.244.0.90' : 'fd00:244::90'
          const now = met(image, opening(source, address, port, protocol))
          const isElsewhere = kind === 'nodePort' && !NODES[0]!.addresses.includes(address)
          seen.add(`${kind}${isElsewhere ? ' elsewhere' : ''} ${now.end}`)
          expect(now.end).toBe(ends[internal.action])
          if (now.end === 'ok') expect(now.backends).toEqual(internal.backends)
        }
      }
    }),
    { numRuns: runs(300) },
  )
  for (const kind of ['clusterIP', 'nodePort', 'nodePort elsewhere', 'externalIP'])
    expect([...seen]).toContain(`${kind} ok`)
})

test('a pod hears from a client outside itself, and from itself by an address of the node', () => {
  const flows = NO_PACKET_STATE
  const outside = opening('203.0.113.9', '192.168.50.1', 30_001, 'TCP')
  const service = {
    ...spec.services[0]!,
    namespace: 'default',
    name: 'here',
    clusterIPs: ['10.96.200.1'],
    externalTrafficPolicy: 'Cluster' as const,
    ports: [{ name: 'http', port: 80, protocol: 'TCP' as const, nodePort: 30_001, except: [] }],
    endpoints: [
      {
        ports: [{ name: 'http', number: 8080 }],
        endpoints: [{ ...spec.services[0]!.endpoints[0]!.endpoints[0]!, address: '10.244.1.12', node: 'n1' }],
      },
    ],
  }
  const { image } = compileAt({ ...spec, services: [service] }, 'n1', EDGES)
  const [edge, pod] = [ETH0, POD].map(device => contextAt(device, image, () => {})) as [PacketContext, PacketContext]
  const came = arrive(edge, flows, outside)
  if (came.verdict !== 'translate') throw new Error(came.verdict)
  expect(depart(pod, came.state, came.packet).verdict).toBe('pass')
  const own = arrive(pod, flows, opening('10.244.1.12', '10.96.200.1', 80, 'TCP'))
  if (own.verdict !== 'translate') throw new Error(own.verdict)
  expect(depart(pod, own.state, own.packet)).toMatchObject({
    verdict: 'translate',
    packet: { source: { address: '192.168.50.1' }, destination: { address: '10.244.1.12', port: 8080 } },
  })
})
