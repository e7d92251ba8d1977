// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatBackend } from '../../src/datapath/backend.ts'
import { tupleKey } from '../../src/datapath/packet/flows.ts'
import type { Segment } from '../../src/datapath/packet/packet.ts'
import type { Spec } from '../../src/spec/spec.ts'
import { MANY_RUNS, runs } from '../runs.ts'
import { crowdedSite, opening, siteSpec } from './arbitrary.ts'
import { Connections, type Fate } from './connections.ts'
import { siteOf } from './site.ts'

/** A client opens one of the flows, or sends more on it; before it, records are evicted by these bits. */
const step = fc.record({ flow: fc.nat(5), evicts: fc.array(fc.boolean(), { maxLength: 12 }), isNew: fc.boolean() })

function evict(connections: Connections, bits: readonly boolean[]): void {
  let i = 0
  connections.evict(() => bits[i++ % (bits.length || 1)] ?? false)
}

/** What becomes of packets, and of the port of a masqueraded flow. */
const ALL_FATES = ['answered', 'confused', 'dropped', 'moved port', 'passed', 'refused', 'reset']

test('whatever is evicted, a flow keeps its backend or ends aloud, and meets no other', () => {
  let rounds = 0
  const met = new Set<Fate | 'moved port'>()
  const property = fc.property(
    crowdedSite,
    fc.array(step, { minLength: 2, maxLength: 30 }),
    ({ spec, flows }, steps) => {
      const site = siteOf(spec)
      const connections = new Connections()
      for (const { flow, evicts, isNew } of steps) {
        const opening = flows[flow % flows.length]!
        evict(connections, evicts)
        const live = connections.live.get(tupleKey(opening))
        const fate = connections.send(site, { ...opening, opens: opening.opens && (isNew || !live) })
        met.add(fate)
        if (!live || (isNew && opening.opens)) continue
        // No policy changed, so nothing stops a live flow.
        expect(['answered', ...(opening.protocol === 'TCP' ? ['reset', 'passed', 'confused'] : [])]).toContain(fate)
        if (fate !== 'answered' || hasAffinity(spec, opening)) continue
        const now = connections.live.get(tupleKey(opening))!
        expect(formatBackend(now.got.destination)).toBe(formatBackend(live.got.destination))
        if (now.got.source.port !== live.got.source.port) met.add('moved port')
      }
    },
  )
  // A port seldom moves: about one round in eight does not meet it.
  do fc.assert(property, { numRuns: runs(1500) })
  while (MANY_RUNS && met.size < ALL_FATES.length && ++rounds < 8)
  if (MANY_RUNS) expect([...met].sort()).toEqual(ALL_FATES)
})

/** A UDP flow whose session and whose record are both gone is a new flow of a client without a session. */
function hasAffinity(spec: Spec, { destination, protocol }: Segment): boolean {
  return spec.services.some(
    ({ affinitySeconds, ports }) =>
      affinitySeconds !== undefined &&
      ports.some(p => p.protocol === protocol && (p.port === destination.port || p.nodePort === destination.port)),
  )
}

test('one record of a flow may go at any time, and nobody notices', () => {
  fc.assert(
    fc.property(siteSpec, opening, fc.nat(4), (spec, opening, which) => {
      const site = siteOf(spec)
      const connections = new Connections()
      if (connections.send(site, opening) !== 'answered') return
      let i = 0
      connections.evict(() => i++ === which)
      expect(connections.send(site, { ...opening, opens: false })).toBe('answered')
    }),
    { numRuns: runs(1500) },
  )
})
