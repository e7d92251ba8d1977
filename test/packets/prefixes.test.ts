// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatBackend } from '../../src/datapath/backend.ts'
import type { Image } from '../../src/datapath/image.ts'
import { tupleKey } from '../../src/datapath/packet/flows.ts'
import type { Segment, Tuple } from '../../src/datapath/packet/packet.ts'
import { NO_PACKET_STATE, type PacketState } from '../../src/datapath/packet/state.ts'
import { diff } from '../../src/plan/diff.ts'
import { simulate } from '../../src/plan/simulate.ts'
import type { Spec } from '../../src/spec/spec.ts'
import { MANY_RUNS, runs } from '../runs.ts'
import { crowdedSite, opening, siteSpec } from './arbitrary.ts'
import { answer, fromOutside, type Passage, siteOf, tupleOf } from './site.ts'

/** Two images and flows to the frontends of the first. */
const transition = fc.record({ first: crowdedSite, second: siteSpec, more: fc.array(opening, { maxLength: 4 }) })

interface Live {
  sent: Segment
  got: Tuple
}

/** The flows that get a backend, in the order of the packets. */
function open(image: Image, flows: readonly Segment[]): { live: Live[]; state: PacketState } {
  let state = NO_PACKET_STATE
  const live = new Map<string, Live>()
  for (const sent of flows) {
    const there = fromOutside({ image }, state, sent)
    state = there.state
    if (there.end === 'delivered') live.set(tupleKey(sent), { sent, got: tupleOf(there.packet) })
  }
  return { live: [...live.values()], state }
}

/** The image after each number of steps. The epoch comes right before the revision, or stays zero when there is nothing left. */
function* prefixesOf(from: Image, to: Image): Generator<{ image: Image; isEpochWritten: boolean }> {
  const { steps } = diff(from, to)
  const last = steps.filter(({ map }) => map !== 'revision').length
  let image = from
  for (let n = 0; n <= steps.length; n++) {
    if (n > 0) image = simulate(image, [steps[n - 1]!])
    yield { image, isEpochWritten: n >= last }
  }
}

test('after every prefix of a plan, TCP flows go on, also where their frontend goes', () => {
  let stayed = 0
  fc.assert(
    fc.property(transition, ({ first, second }) => {
      const [from, to] = [siteOf(first.spec).image, siteOf(second).image]
      const { live, state } = open(
        from,
        first.flows.filter(({ protocol }) => protocol === 'TCP'),
      )
      for (const { image } of prefixesOf(from, to))
        for (const { sent, got } of live) {
          const there = fromOutside({ image }, state, { ...sent, opens: false })
          expect(there.end).toBe('delivered')
          if (there.end === 'delivered') expect(tupleOf(there.packet)).toEqual(got)
          const back = answer({ image }, there.state, got)
          if (back.end === 'delivered') expect(tupleOf(back.packet).destination).toEqual(sent.source)
          expect(back.end).toBe('delivered')
          stayed++
        }
    }),
    { numRuns: runs(300) },
  )
  if (MANY_RUNS) expect(stayed).toBeGreaterThan(1000)
})

test('after every prefix, a new flow meets what it met before or what it meets after', () => {
  const met = new Set<string>()
  fc.assert(
    fc.property(transition, ({ first, second, more }) => {
      const [from, to] = [siteOf(first.spec).image, siteOf(second).image]
      const flows = [...first.flows, ...more]
      const [before, after] = [from, to].map(image => flows.map(sent => outcomesOf(image, sent)))
      for (const { image } of prefixesOf(from, to))
        for (const [i, sent] of flows.entries()) {
          for (const outcome of outcomesOf(image, sent)) {
            const [isOld, isNew] = [before![i]!.has(outcome), after![i]!.has(outcome)]
            expect(isOld || isNew, `${tupleKey(sent)}: ${outcome}, not ${[...before![i]!]} or ${[...after![i]!]}`).toBe(
              true,
            )
            if (isOld !== isNew) met.add(isOld ? 'old' : 'new')
          }
        }
    }),
    { numRuns: runs(200) },
  )
  if (MANY_RUNS) expect([...met].sort()).toEqual(['new', 'old'])
})

/** All that may become of a new flow: `drop`, …, or the backends that it may get. */
function outcomesOf(image: Image, sent: Segment): Set<string> {
  const backends = new Set<string>()
  const choices = {
    backend: (_: Tuple, __: bigint, list: readonly Tuple['destination'][]) => {
      for (const backend of list) backends.add(formatBackend(backend))
      return list[0]!
    },
  }
  const { end } = fromOutside({ image, choices }, NO_PACKET_STATE, sent)
  return end === 'delivered' ? backends : new Set([end])
}

test('once the epoch is written, no datagram goes to a backend that is gone; before, to an old or a new one', () => {
  let moved = 0
  fc.assert(
    fc.property(transition, ({ first, second }) => {
      const [from, to] = [siteOf(first.spec).image, siteOf(second).image]
      const opened = open(
        from,
        first.flows.filter(({ protocol }) => protocol === 'UDP'),
      )
      let { state } = opened
      for (const { image, isEpochWritten } of prefixesOf(from, to))
        for (const { sent, got } of opened.live) {
          const there = fromOutside({ image }, state, sent)
          state = there.state
          const outcome = told(there)
          const may = [to, ...(isEpochWritten ? [] : [from])].flatMap(image => [...outcomesOf(image, sent)])
          expect(may, tupleKey(sent)).toContain(outcome)
          if (outcome !== formatBackend(got.destination)) moved++
        }
    }),
    { numRuns: runs(300) },
  )
  if (MANY_RUNS) expect(moved).toBeGreaterThan(1000)
})

const twoPlans = fc.record({
  transition,
  /** Where the flows begin in the first plan, and whether it ends there. */
  cut: fc.nat(),
  isAbandoned: fc.boolean(),
  /** Whether the second plan goes back to the first image; else on to another. */
  isBack: fc.boolean(),
  third: siteSpec,
})

test('a flow that began within one plan, and is idle until the next, counts for no more than others', () => {
  let sentOn = 0
  fc.assert(
    fc.property(twoPlans, ({ transition: { first, second }, cut, isAbandoned, isBack, third }) => {
      const [a, b, c] = [first.spec, second, isBack ? first.spec : third].map(spec => siteOf(spec).image) as Three
      const prefixes = [...prefixesOf(a, b)]
      const within = prefixes[cut % prefixes.length]!.image
      const datagrams = first.flows.filter(({ protocol }) => protocol === 'UDP')
      const { live, state } = open(within, datagrams)
      const from = isAbandoned ? within : b
      for (const { image, isEpochWritten } of prefixesOf(from, c))
        for (const { sent } of live) {
          const outcome = told(fromOutside({ image }, state, sent))
          const may = [c, ...(isEpochWritten ? [] : [from])].flatMap(image => [...outcomesOf(image, sent)])
          expect(may, tupleKey(sent)).toContain(outcome)
          sentOn++
        }
    }),
    { numRuns: runs(300) },
  )
  if (MANY_RUNS) expect(sentOn).toBeGreaterThan(1000)
})

type Three = [Image, Image, Image]

test('datagrams of a backend that stays in its list stay with it', () => {
  const met = new Set<boolean>()
  fc.assert(
    fc.property(crowdedSite, fc.nat(4), ({ spec: drawn, flows }, leaving) => {
      const spec = withoutAffinity(drawn)
      const [from, to] = [siteOf(spec).image, siteOf(withFewer(spec, leaving)).image]
      const { live, state } = open(
        from,
        flows.filter(({ protocol }) => protocol === 'UDP'),
      )
      for (const { image } of prefixesOf(from, to))
        for (const { sent, got } of live) {
          const backend = formatBackend(got.destination)
          const mayStay = [from, to].every(image => outcomesOf(image, sent).has(backend))
          met.add(mayStay)
          if (mayStay) expect(told(fromOutside({ image }, state, sent))).toBe(backend)
        }
    }),
    { numRuns: runs(300) },
  )
  if (MANY_RUNS) expect(met.size).toBe(2)
})

/** A session would keep a client with its backend too. */
function withoutAffinity(spec: Spec): Spec {
  return { ...spec, services: spec.services.map(({ affinitySeconds: _, ...service }) => service) }
}

/** The spec without every fifth of its endpoints. */
function withFewer(spec: Spec, leaving: number): Spec {
  let i = 0
  const services = spec.services.map(service => ({
    ...service,
    endpoints: service.endpoints.map(group => ({
      ...group,
      endpoints: group.endpoints.filter(() => i++ % 5 !== leaving),
    })),
  }))
  return { ...spec, services }
}

function told(passage: Passage): string {
  return passage.end === 'delivered' ? formatBackend(tupleOf(passage.packet).destination) : passage.end
}
