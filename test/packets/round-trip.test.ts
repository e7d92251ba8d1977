// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { arrive } from '../../src/datapath/packet/arrive.ts'
import { depart } from '../../src/datapath/packet/depart.ts'
import { tupleKey } from '../../src/datapath/packet/flows.ts'
import { type Packet, reverse, type Segment, type Tuple } from '../../src/datapath/packet/packet.ts'
import { NO_PACKET_STATE, type PacketState } from '../../src/datapath/packet/state.ts'
import { MANY_RUNS, runs } from '../runs.ts'
import { crowdedSite, opening, siteSpec } from './arbitrary.ts'
import { answer, contextOf, ETH0, fromOutside, isHere, siteOf, tupleOf } from './site.ts'

const openings = fc.array(opening, { minLength: 1, maxLength: 25 })

test('a client gets the answer from where it sent to, whatever other flows there are', () => {
  const met = new Set<string>()
  fc.assert(
    fc.property(crowdedSite, openings, ({ spec, flows: crowded }, more) => {
      const site = siteOf(spec)
      let state: PacketState = NO_PACKET_STATE
      const segments = [...crowded, ...more]
      const flows: { sent: Segment; got: Tuple }[] = []
      for (const sent of segments) {
        const there = fromOutside(site, state, sent)
        state = there.state
        met.add(there.end)
        if (there.end !== 'delivered') continue
        const got = tupleOf(there.packet)
        met.add(kindOf(sent, got))
        flows.push({ sent, got })
      }
      // All flows live at once: each has its own answer.
      for (const { sent, got } of flows) {
        const back = answer(site, state, got)
        state = back.state
        expect(back.end).toBe('delivered')
        if (back.end === 'delivered') expect(tupleOf(back.packet)).toEqual(reverse(tupleOf(sent)))
      }
      const seen = new Map(flows.map(({ sent, got }) => [tupleKey(got), tupleKey(sent)]))
      expect(new Set(seen.values()).size).toBe(new Set(flows.map(({ sent }) => tupleKey(sent))).size)
    }),
    { numRuns: runs(600) },
  )
  const all = ['delivered', 'passed', 'drop', 'refuse', 'here', 'elsewhere', 'itself', 'another port']
  if (MANY_RUNS) expect([...met].sort()).toEqual(all.sort())
})

function kindOf(sent: Segment, got: Tuple): string {
  if (sent.source.address === got.destination.address) return 'itself'
  if (!isHere(got.destination.address)) return 'elsewhere'
  return sent.source.port === got.source.port ? 'here' : 'another port'
}

test('packets of one flow all go the same way, and every second one changes nothing', () => {
  fc.assert(
    fc.property(siteSpec, opening, (spec, sent) => {
      const site = siteOf(spec)
      const first = fromOutside(site, NO_PACKET_STATE, sent)
      const second = fromOutside(site, first.state, { ...sent, opens: false })
      if (first.end !== 'delivered') return
      expect(second).toEqual({ ...first, packet: { ...first.packet, opens: false } })
    }),
    { numRuns: runs(600) },
  )
})

test('what is not ours stays as it is, at both hooks, and is not remembered', () => {
  const address = fc.oneof(
    fc.nat(255).map(i => `172.16.0.${i}`),
    fc.nat(255).map(i => `2001:db8:f::${i.toString(16)}1`),
  )
  const end = fc.record({ address, port: fc.integer({ min: 1, max: 65535 }) })
  const foreign: fc.Arbitrary<Packet> = fc.oneof(
    fc.record({
      kind: fc.constant('segment' as const),
      protocol: fc.constantFrom('TCP' as const, 'UDP' as const),
      source: end,
      destination: end,
      opens: fc.boolean(),
    }),
    fc.record({
      kind: fc.constant('fragment' as const),
      protocol: fc.constantFrom('TCP' as const, 'UDP' as const),
      source: address,
      destination: address,
      fragment: fc.nat(3),
    }),
    fc.constant({ kind: 'other' as const }),
  )
  fc.assert(
    fc.property(siteSpec, openings, foreign, (spec, segments, packet) => {
      const site = siteOf(spec)
      const state = segments.reduce<PacketState>((state, sent) => fromOutside(site, state, sent).state, NO_PACKET_STATE)
      expect(arrive(contextOf(site), state, packet)).toEqual({ verdict: 'pass', state })
      const left = depart(contextOf(site), state, packet)
      expect(left.verdict).toBe('pass')
      expect(left.state.flows).toEqual(state.flows)
    }),
    { numRuns: runs(200) },
  )
})

test('sockets of the node keep their ports: a masqueraded flow gets another one', () => {
  fc.assert(
    fc.property(siteSpec, openings, fc.integer({ min: 0, max: 9 }), (spec, segments, last) => {
      const hasSocket = ({ destination }: Tuple) => destination.port % 10 === last
      const site = { ...siteOf(spec), node: { hasSocket } }
      let state = NO_PACKET_STATE
      for (const sent of segments) {
        const there = fromOutside(site, state, sent)
        state = there.state
        if (there.end !== 'delivered') continue
        const { source } = tupleOf(there.packet)
        if (source.address === ETH0.nat4 || source.address === ETH0.nat6) expect(source.port % 10).not.toBe(last)
      }
    }),
    { numRuns: runs(200) },
  )
})
