// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { NO_PACKET_STATE } from '../../src/datapath/packet/state.ts'
import { MANY_RUNS, runs } from '../runs.ts'
import { crowdedSite } from './arbitrary.ts'
import { answer, ETH0, fromHere, fromOutside, isHere, send, siteOf, tupleOf } from './site.ts'

test('a client that calls the backend itself, from the same port, is answered by the backend', () => {
  const met = new Set<boolean>()
  fc.assert(
    fc.property(crowdedSite, ({ spec, flows: [flow] }) => {
      const site = siteOf(spec)
      const there = fromOutside(site, NO_PACKET_STATE, flow!)
      if (there.end !== 'delivered') return
      const { destination } = tupleOf(there.packet)
      // A client that got itself calls nobody else.
      if (destination.address === flow!.source.address) return
      met.add(isHere(destination.address))
      const direct = { ...flow!, destination }
      const called = fromOutside(site, there.state, direct)
      expect(called).toMatchObject({ end: 'passed', packet: direct })
      const reply = { ...direct, source: destination, destination: direct.source, opens: false }
      expect(send(site, called.state, reply)).toMatchObject({
        end: isHere(destination.address) ? 'delivered' : 'passed',
        packet: reply,
      })
    }),
    { numRuns: runs(200) },
  )
  if (MANY_RUNS) expect(met.size).toBe(2)
})

test('a socket of the node that calls a backend from the port of a masqueraded flow gets its answers', () => {
  let calls = 0
  fc.assert(
    fc.property(crowdedSite, ({ spec, flows: [flow] }) => {
      const site = siteOf(spec)
      const there = fromOutside(site, NO_PACKET_STATE, flow!)
      if (there.end !== 'delivered') return
      const got = tupleOf(there.packet)
      if (got.source.address !== ETH0.nat4 && got.source.address !== ETH0.nat6) return
      calls++
      const called = fromHere(site, there.state, { kind: 'segment', ...got, opens: got.protocol === 'TCP' })
      const reply = answer(site, called.state, got)
      expect(reply).toMatchObject({ end: 'passed', packet: { destination: got.source } })
      // The flow goes on from another port, or is reset.
      const more = fromOutside(
        { ...site, node: { hasSocket: tuple => tuple.destination.port === got.source.port } },
        called.state,
        {
          ...flow!,
          opens: false,
        },
      )
      if (more.end !== 'delivered') throw new Error(more.end)
      expect(tupleOf(more.packet).source.port).not.toBe(got.source.port)
    }),
    { numRuns: runs(200) },
  )
  if (MANY_RUNS) expect(calls).toBeGreaterThan(10)
})
