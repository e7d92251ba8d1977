// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Fragment, Segment, Tuple } from '../../src/datapath/packet/packet.ts'
import { NO_PACKET_STATE } from '../../src/datapath/packet/state.ts'
import { MANY_RUNS, runs } from '../runs.ts'
import { crowdedSite } from './arbitrary.ts'
import { fromOutside, send, siteOf, tupleOf } from './site.ts'

function later({ protocol, source, destination }: Tuple, fragment: number): Fragment {
  return { kind: 'fragment', protocol, source: source.address, destination: destination.address, fragment }
}

test('later fragments go where their first went, there and back', () => {
  fc.assert(
    fc.property(crowdedSite, fc.integer({ min: 1, max: 65535 }), ({ spec, flows }, id) => {
      const site = siteOf(spec)
      let state = NO_PACKET_STATE
      for (const [i, flow] of flows.entries()) {
        const first: Segment = { ...flow, fragment: id + i }
        const there = fromOutside(site, state, first)
        state = there.state
        if (there.end !== 'delivered') continue
        const got = tupleOf(there.packet)
        const second = fromOutside(site, state, later(first, id + i))
        expect(second).toMatchObject({ end: 'delivered', packet: later(got, id + i) })
        const answers = { protocol: got.protocol, source: got.destination, destination: got.source }
        const back = send(site, second.state, { kind: 'segment', ...answers, opens: false, fragment: 7 })
        const tail = send(site, back.state, later(answers, 7))
        state = tail.state
        const toClient = { protocol: flow.protocol, source: flow.destination, destination: flow.source }
        expect(tail).toMatchObject({ end: 'delivered', packet: later(toClient, 7) })
      }
    }),
    { numRuns: runs(300) },
  )
})

test('a later fragment whose first was not seen, or has another identification, is dropped at a VIP, and else stays as it is', () => {
  const met = new Set<string>()
  fc.assert(
    fc.property(crowdedSite, ({ spec, flows }) => {
      const site = siteOf(spec)
      for (const flow of flows) {
        const unserved = { ...flow, destination: { ...flow.destination, port: 9 }, opens: true }
        const isLeft = fromOutside(site, NO_PACKET_STATE, unserved).end === 'passed'
        const alone = fromOutside(site, NO_PACKET_STATE, later(flow, 1))
        expect(alone).toEqual({
          ...(isLeft ? { end: 'passed', packet: later(flow, 1) } : { end: 'drop' }),
          state: NO_PACKET_STATE,
        })
        const { state } = fromOutside(site, NO_PACKET_STATE, { ...flow, fragment: 1 })
        expect(fromOutside(site, state, later(flow, 2)).end).toBe(alone.end)
        met.add(alone.end)
      }
    }),
    { numRuns: runs(100) },
  )
  if (MANY_RUNS) expect([...met].sort()).toEqual(['drop', 'passed'])
})
