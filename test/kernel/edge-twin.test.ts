// SPDX-License-Identifier: Apache-2.0
import { existsSync } from 'node:fs'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { familyOf } from '../../src/base/address.ts'
import type { Image } from '../../src/datapath/image.ts'
import type { Segment, Tuple } from '../../src/datapath/packet/packet.ts'
import type { Spec } from '../../src/spec/spec.ts'
import { type CrowdedSite, crowdedSite, siteSpec } from '../packets/arbitrary.ts'
import { fragmentsOf, reassemble } from '../packets/fragment.ts'
import { icmpError } from '../packets/icmp.ts'
import { isHere, POD, siteOf } from '../packets/site.ts'
import { tcp, udp } from '../packets/transport.ts'
import { wrongChecksums } from '../packets/verify.ts'
import { MANY_RUNS, runs } from '../runs.ts'
import { TwinPair } from './edge-pair.ts'
import { EdgePrograms } from './edge-programs.ts'
import { SEED } from './scale.ts'
import { describeKernel } from './suite.ts'
import { pinsOf } from './traces.ts'

/**
 * What happens next: a client sends, its backend answers, somebody reports an error about one of these packets, the kernel evicts
 * all records, apply writes another image.
 */
const event = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('send' as const), flow: fc.nat(5), isNew: fc.boolean() }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('answer' as const), flow: fc.nat(5) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('error' as const),
      flow: fc.nat(5),
      error: fc.constantFrom('portUnreachable', 'tooBig', 'hopsExceeded', 'redirect'),
      isAboutAnswer: fc.boolean(),
      isFromRouter: fc.boolean(),
      isWhole: fc.boolean(),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('evict' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('apply' as const), which: fc.nat(1) }) },
)

describeKernel(`the programs of edges and their twin, by seed ${SEED}`, () => {
  const folder = pinsOf(`bal-${process.pid}-edge-twin`)
  let programs: EdgePrograms
  beforeAll(() => {
    programs = new EdgePrograms(folder)
  })
  afterAll(() => {
    if (existsSync(folder)) programs.close()
  })

  function startWith(image: Image, isPod = false): TwinPair {
    programs.forget()
    programs.write(image)
    return new TwinPair(programs, image, isPod)
  }

  it.each([
    ['an edge', false],
    ['the device of a pod', true],
  ])('do the same with all that clients and backends send, at %s', (_, isPod) => {
    const met = new Set<string>()
    fc.assert(
      fc.property(crowdedSite, siteSpec, fc.array(event, { minLength: 4, maxLength: 16 }), (site, other, events) => {
        const images = [site.spec, other].map(spec => siteOf(spec, isPod ? POD : undefined).image)
        const pair = startWith(images[0]!, isPod)
        const got = new Map<number, Tuple>()
        for (const event of events) {
          if (event.kind === 'evict') {
            pair.forget()
            // Which backend a session then got shows with the next SYN only.
            if (hasAffinity(site.spec) || hasAffinity(other)) got.clear()
          } else if (event.kind === 'apply') pair.apply(images[event.which]!)
          else if (event.kind === 'error') report(pair, site, event, got)
          else if (event.kind === 'send') send(pair, site, event.flow, event.isNew, got)
          else answer(pair, site, event.flow, got)
        }
        for (const verdict of pair.verdicts) met.add(verdict)
      }),
      { numRuns: runs(400), seed: SEED },
    )
    if (!MANY_RUNS) return
    expect([...met].sort()).toEqual([
      'arrive drop',
      'arrive pass',
      'arrive refuse',
      'arrive translate',
      'depart drop',
      'depart pass',
      'depart translate',
    ])
  })

  describe.each([4, 6] as const)('IPv%d', family => {
    it('translate fragments, and what they make together is right', () => {
      const sites = fc.sample(crowdedSite, { numRuns: runs(40), seed: SEED })
      let whole = 0
      for (const site of sites) {
        const flow = site.flows.find(
          f => f.protocol === 'UDP' && f.destination.address.includes(':') === (family === 6),
        )
        if (!flow) continue
        const pair = startWith(siteOf(site.spec).image)
        const data = new Uint8Array(3000).map((_, i) => i)
        const sent = fragmentsOf(udp({ from: flow.source, to: flow.destination, data }), 1000)
        const came = sent.map(fragment => pair.fromOutside(fragment))
        if (came.some(packet => packet === undefined)) continue
        expect(wrongChecksums(reassemble(came as Uint8Array[])!)).toEqual([])
        whole++
      }
      expect(whole).toBeGreaterThan(0)
    })
  })
})

function packetOf({ protocol, source, destination }: Tuple, flags: string): Uint8Array {
  const data = Uint8Array.from([1, 2, 3])
  return protocol === 'TCP'
    ? tcp({ from: source, to: destination, flags, data })
    : udp({ from: source, to: destination, data })
}

function send(pair: TwinPair, { flows }: CrowdedSite, which: number, isNew: boolean, got: Map<number, Tuple>): void {
  const flow: Segment = flows[which % flows.length]!
  const arrived = pair.fromOutside(packetOf(flow, isNew || !got.has(which) ? 'S' : 'P.'))
  const tuple = arrived && pair.tupleOf(arrived)
  if (tuple) got.set(which, tuple)
}

function answer(pair: TwinPair, _site: CrowdedSite, which: number, got: Map<number, Tuple>): void {
  const tuple = got.get(which)
  if (!tuple) return
  const packet = packetOf({ ...tuple, source: tuple.destination, destination: tuple.source }, '.')
  if (isHere(tuple.destination.address)) pair.depart(packet)
  else pair.fromOutside(packet)
}

function hasAffinity({ services }: Spec): boolean {
  return services.some(({ affinitySeconds }) => affinitySeconds !== undefined)
}

interface Report {
  flow: number
  error: 'portUnreachable' | 'tooBig' | 'hopsExceeded' | 'redirect'
  isAboutAnswer: boolean
  isFromRouter: boolean
  isWhole: boolean
}

/** An error about what a backend got, or about what its client got back; from that end, or from a router on the way. */
function report(pair: TwinPair, { flows }: CrowdedSite, event: Report, got: Map<number, Tuple>): void {
  const flow = flows[event.flow % flows.length]!
  const { protocol, source, destination } = flow
  // The node redirects about what it forwards, and a flow whose backend is here looks the same to the programs.
  const local = [...got.values()].find(tuple => isHere(tuple.destination.address))
  const about =
    event.error === 'redirect'
      ? local
      : event.isAboutAnswer
        ? { protocol, source: destination, destination: source }
        : got.get(event.flow)
  if (!about) return
  const router = ROUTER[familyOf(about.source.address)]
  const from = event.isFromRouter ? router : about.destination.address
  const more = { rest: 1400, ...(event.isWhole && { quote: 2000 }) }
  const error = icmpError(event.error, from, about.source.address, packetOf(about, 'P.'), more)
  const isFromHere = event.error === 'redirect' || (!event.isAboutAnswer && (event.isFromRouter || isHere(from)))
  if (isFromHere) pair.depart(error)
  else pair.fromOutside(error)
}

const ROUTER = { 4: '198.51.100.254', 6: '2001:db8::fe' } as const
