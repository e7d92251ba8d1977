// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type GateScope, gated } from '../../src/agent/gate/gate.ts'
import { meetRanges } from '../../src/agent/gate/meet-ranges.ts'
import { familyOf, isInRange } from '../../src/base/address.ts'
import type { Frontend } from '../../src/compile/frontend.ts'
import { frontendsOf } from '../../src/compile/frontends.ts'
import { atNode } from '../../src/compile/viewpoint.ts'
import { normalise } from '../../src/spec/normalise.ts'
import { parseSpec } from '../../src/spec/parse.ts'
import { printYaml } from '../../src/spec/print.ts'
import type { ExposedService, Service, Spec } from '../../src/spec/spec.ts'
import { NODES, smallSpec } from '../arbitrary/transition.ts'
import { runs } from '../runs.ts'

const MANY = { numRuns: runs(500) }
const CLIENTS = ['10.0.0.1', '192.0.2.9', '192.168.50.7', '198.51.100.1', 'fd00::1', '2001:db8::1']
const CONTEXT = { viewpoint: atNode(NODES[0]!), nodes: NODES, vipsAtNodes: new Set<string>() }

const frontendsIn = (service: Service | undefined) => (service ? frontendsOf(service, CONTEXT) : [])
const isExternal = ({ kind }: Frontend) => kind !== 'clusterIP'

/** Who is admitted where: a line for each frontend and client. `target`: the port of the Service behind a node port. */
function admissions(service: Service | undefined, of: (frontend: Frontend) => boolean): Set<string> {
  const lines = frontendsIn(service)
    .filter(of)
    .flatMap(({ kind, address, family, port, protocol, portName, sourceRanges }) =>
      CLIENTS.filter(client => familyOf(client) === family)
        .filter(client => sourceRanges.length === 0 || sourceRanges.some(range => isInRange(client, range)))
        .map(client => `${client} ${kind} ${address ?? portName} IPv${family} ${port}/${protocol}`),
    )
  return new Set(lines)
}

const named = (spec: Spec, name: string) => spec.services.find(service => service.name === name)
/** The Services of two specs by name, each with what the other says of it. */
const pairs = (live: Spec, reviewed: Spec) =>
  live.services.map(service => [service, named(reviewed, service.name)] as const)

function inBoth(live: Service, reviewed: ExposedService | undefined, of: (frontend: Frontend) => boolean): Set<string> {
  const other = admissions(reviewed && { ...live, ...reviewed }, of)
  return new Set([...admissions(live, of)].filter(line => other.has(line)))
}

test('clients outside reach what the API and the review both allow, and nothing else', () => {
  fc.assert(
    fc.property(smallSpec, smallSpec, fc.constantFrom<GateScope>('external', 'all'), (live, reviewed, scope) => {
      for (const [service, review] of pairs(live, reviewed)) {
        const served = gated(service, review, scope)
        // Without a cluster IP of a family nothing of that family is served.
        const families = new Set(served?.clusterIPs.map(familyOf))
        const wanted = inBoth(service, review, frontend => isExternal(frontend) && families.has(frontend.family))
        expect(admissions(served, isExternal)).toEqual(wanted)
      }
    }),
    MANY,
  )
})

test('external holds no cluster IP, but of a family in which a node port would come with it: pods get what the API has', () => {
  fc.assert(
    fc.property(smallSpec, smallSpec, (live, reviewed) => {
      for (const [service, review] of pairs(live, reviewed)) {
        const served = gated(service, review, 'external')!
        const inside = (one: Service) => frontendsIn(one).filter(frontend => !isExternal(frontend))
        const waits = served.ports.some(({ nodePort }) => nodePort !== undefined)
        const families = new Set((waits ? review! : service).clusterIPs.map(familyOf))
        expect(inside(served)).toEqual(inside(service).filter(({ family }) => families.has(family)))
      }
    }),
    MANY,
  )
})

test('all holds cluster IPs and the internal policy, too', () => {
  fc.assert(
    fc.property(smallSpec, smallSpec, (live, reviewed) => {
      for (const [service, review] of pairs(live, reviewed)) {
        const served = gated(service, review, 'all')
        const inside = (frontend: Frontend) => !isExternal(frontend)
        expect(admissions(served, inside)).toEqual(inBoth(service, review, inside))
        if (!served) continue
        expect(served.internalTrafficPolicy).toBe(review!.internalTrafficPolicy)
        expect(served.affinitySeconds).toBe(review!.affinitySeconds)
      }
    }),
    MANY,
  )
})

test('what is reviewed as it is, is served as it is; a policy is that of the review', () => {
  fc.assert(
    fc.property(smallSpec, smallSpec, fc.constantFrom<GateScope>('external', 'all'), (live, reviewed, scope) => {
      for (const service of live.services) expect(gated(service, service, scope)).toEqual(service)
      for (const [service, review] of pairs(live, reviewed)) {
        const served = review && gated(service, review, scope)
        if (served) expect(served.externalTrafficPolicy).toBe(review.externalTrafficPolicy)
      }
    }),
    MANY,
  )
})

test('what is served is a valid spec', () => {
  fc.assert(
    fc.property(smallSpec, smallSpec, fc.constantFrom<GateScope>('external', 'all'), (live, reviewed, scope) => {
      const services = pairs(live, reviewed).flatMap(([service, review]) => gated(service, review, scope) ?? [])
      const spec = normalise({ nodes: live.nodes, services })
      expect(parseSpec(printYaml(spec), 'served.yaml')).toEqual({ value: spec, diagnostics: [] })
    }),
    MANY,
  )
})

const range = fc.constantFrom(
  '10.0.0.0/8',
  '10.1.0.0/16',
  '10.1.2.0/24',
  '192.0.2.0/24',
  '0.0.0.0/0',
  'fd00::/8',
  'fd00:1::/32',
  '2001:db8::/32',
)
const ranges = fc.uniqueArray(range, { maxLength: 4 })
const PROBES = [
  '10.0.0.1',
  '10.1.0.1',
  '10.1.2.3',
  '192.0.2.1',
  '198.51.100.1',
  'fd00:2::1',
  'fd00:1::1',
  '2001:db8::1',
  '2001:db9::1',
]

test('ranges that both lists admit', () => {
  fc.assert(
    fc.property(ranges, ranges, (a, b) => {
      for (const client of PROBES) {
        const family = familyOf(client)
        const of = (list: readonly string[]) => list.filter(one => familyOf(one.split('/')[0]!) === family)
        const admits = (list: readonly string[]) => list.length === 0 || list.some(one => isInRange(client, one))
        const met = meetRanges(a, b, family)
        expect(met !== 'closed' && admits(met)).toBe(admits(of(a)) && admits(of(b)))
      }
    }),
    MANY,
  )
})
