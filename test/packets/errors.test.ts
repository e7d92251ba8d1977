// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { familyOf } from '../../src/base/address.ts'
import { arrive } from '../../src/datapath/packet/arrive.ts'
import {
  type IcmpError,
  isSameEndpoint,
  type Packet,
  reverse,
  type Segment,
  type Tuple,
} from '../../src/datapath/packet/packet.ts'
import { NO_PACKET_STATE, type PacketState } from '../../src/datapath/packet/state.ts'
import { MANY_RUNS, runs } from '../runs.ts'
import { type CrowdedSite, crowdedSite } from './arbitrary.ts'
import { answer, contextOf, ETH0, fromHere, fromOutside, isHere, type Site, siteOf, tupleOf } from './site.ts'

/** A live flow: what the client sent, what the backend got, and what the client got back. */
interface Live {
  sent: Segment
  got: Tuple
  answered: Tuple
}

/** The flows of a site that live, each answered once. */
function flowing({ spec, flows }: CrowdedSite): { site: Site; state: PacketState; live: Live[] } {
  const site = siteOf(spec)
  let state: PacketState = NO_PACKET_STATE
  const live = flows.flatMap((sent): Live[] => {
    const there = fromOutside(site, state, sent)
    state = there.state
    if (there.end !== 'delivered') return []
    const got = tupleOf(there.packet)
    const back = answer(site, state, got)
    state = back.state
    return back.end === 'delivered' ? [{ sent, got, answered: tupleOf(back.packet) }] : []
  })
  return { site, state, live }
}

function error(source: string, about: Tuple): IcmpError {
  return { kind: 'error', source, destination: about.source.address, about, isRedirect: false }
}

function deliver(site: Site, state: PacketState, packet: IcmpError, from: 'here' | 'outside'): Packet {
  const passage = from === 'here' ? fromHere(site, state, packet) : fromOutside(site, state, packet)
  if (passage.end !== 'delivered') throw new Error(`an error that ended with ${passage.end}`)
  return passage.packet
}

const ROUTER = { 4: '198.51.100.254', 6: '2001:db8::fe' } as const

/** What a client gets of an error: about its own packet, from a router, or from where it sent to. */
function toClient({ sent }: Live, router?: string): IcmpError {
  const { protocol, source, destination } = sent
  return error(router ?? destination.address, { protocol, source, destination })
}

test('an error about what a client sent reaches the client, and quotes its packet', () => {
  const met = new Set<string>()
  fc.assert(
    fc.property(crowdedSite, crowded => {
      const { site, state, live } = flowing(crowded)
      for (const flow of live) {
        const { got } = flow
        const router = ROUTER[familyOf(got.source.address)]
        const from = isHere(got.destination.address) ? 'here' : 'outside'
        met.add(from)
        expect(deliver(site, state, error(got.destination.address, got), from)).toEqual(toClient(flow))
        expect(deliver(site, state, error(router, got), from)).toEqual(toClient(flow, router))
        // The node itself could not forward it: before the source is replaced.
        const own = familyOf(router) === 4 ? ETH0.nat4! : ETH0.nat6!
        const forwarded = { ...got, source: { ...flow.sent.source, port: portOf(state, flow) } }
        expect(deliver(site, state, error(own, forwarded), 'here')).toEqual(toClient(flow, own))
      }
    }),
    { numRuns: runs(400) },
  )
  if (MANY_RUNS) expect([...met].sort()).toEqual(['here', 'outside'])
})

/** The source port that the client's packets have between the two hooks. */
function portOf(state: PacketState, { sent, got }: Live): number {
  const { client } = [...state.flows.pairs].find(
    ([key, { backend, client, ownPort, original }]) =>
      key.startsWith(sent.protocol) &&
      isSameEndpoint(backend, got.destination) &&
      isSameEndpoint(original, sent.destination) &&
      isSameEndpoint({ ...client, port: ownPort }, sent.source),
  )![1]
  return client.port
}

test('an error about an answer reaches the backend, and quotes the answer that it sent', () => {
  const met = new Set<string>()
  fc.assert(
    fc.property(crowdedSite, crowded => {
      const { site, state, live } = flowing(crowded)
      for (const { sent, got, answered } of live) {
        met.add(isHere(got.destination.address) ? 'here' : 'elsewhere')
        const asSent = reverse(got)
        const router = ROUTER[familyOf(sent.source.address)]
        expect(deliver(site, state, error(router, answered), 'outside')).toEqual(error(router, asSent))
        // From the client itself, as the backend knows it.
        expect(deliver(site, state, error(sent.source.address, answered), 'outside')).toEqual(
          error(got.source.address, asSent),
        )
      }
    }),
    { numRuns: runs(400) },
  )
  if (MANY_RUNS) expect([...met].sort()).toEqual(['elsewhere', 'here'])
})

test('redirects about our flows do not leave, those about others do', () => {
  fc.assert(
    fc.property(crowdedSite, crowded => {
      const { site, state, live } = flowing(crowded)
      for (const { got, sent } of live) {
        if (isHere(got.destination.address)) continue
        const forwarded = { ...got, source: { ...sent.source, port: portOf(state, { sent, got, answered: got }) } }
        const redirect = { ...error(ETH0.nat4!, forwarded), isRedirect: true }
        expect(fromHere(site, state, redirect).end).toBe('drop')
        const other = { ...redirect, about: { ...forwarded, destination: { address: '172.16.0.9', port: 1 } } }
        expect(fromHere(site, state, other)).toMatchObject({ end: 'delivered', packet: other })
      }
    }),
    { numRuns: runs(100) },
  )
})

test('an error that is not for the sender of what it quotes, or about no flow of ours, stays as it is', () => {
  fc.assert(
    fc.property(crowdedSite, fc.nat(65535), (crowded, port) => {
      const { site, state, live } = flowing(crowded)
      for (const { answered } of live) {
        const made = { ...error('203.0.113.77', answered), destination: ETH0.nat4! }
        if (made.destination !== answered.source.address)
          expect(arrive(contextOf(site), state, made)).toEqual({ verdict: 'pass', state })
        const unknown = error('203.0.113.77', { ...answered, destination: { address: '172.16.0.9', port } })
        expect(arrive(contextOf(site), state, unknown)).toEqual({ verdict: 'pass', state })
      }
    }),
    { numRuns: runs(100) },
  )
})
