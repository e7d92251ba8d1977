// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type GateScope, gated } from '../../src/agent/gate/gate.ts'
import { ServiceGate } from '../../src/agent/gate/service-gate.ts'
import { Model } from '../../src/agent/model.ts'
import { ClusterStore } from '../../src/agent/store.ts'
import { compile } from '../../src/compile/compile.ts'
import { atNode, EXTERNAL } from '../../src/compile/viewpoint.ts'
import { emptyImage, type Image } from '../../src/datapath/image.ts'
import { encodeRevision, REVISION_KEY } from '../../src/datapath/revision.ts'
import { diff } from '../../src/plan/diff.ts'
import { planOf } from '../../src/plan/plan-of.ts'
import { servingIn } from '../../src/report/change/losses.ts'
import { canonicalTextOf } from '../../src/spec/canonical/text.ts'
import { serviceKey } from '../../src/spec/name.ts'
import { printYaml } from '../../src/spec/print.ts'
import { revisionOf } from '../../src/spec/revision.ts'
import type { Spec } from '../../src/spec/spec.ts'
import { apiEvents } from '../arbitrary/api-events.ts'
import { runs } from '../runs.ts'
import { Objects, OWN, tell } from './events.ts'

const PROGRAMS = 'ab'.repeat(32)
const NEVER_HELD = new Set(['shop/d'])

/** What is reviewed: the exposure of a cluster after some events. */
const reviews = fc.array(apiEvents, { minLength: 1, maxLength: 3 }).map(all =>
  all.map(flushes => {
    const objects = new Objects()
    for (const event of flushes.flat()) objects.happen(event)
    return objects.rendered()
  }),
)
const scopes = fc.constantFrom<GateScope>('external', 'all')

/** What is served, all Services at once. */
function servedOf(live: Spec, reviewed: Spec | undefined, scope: GateScope): Spec {
  const of = (name: string) => reviewed?.services.find(service => serviceKey(service) === name)
  const services = live.services.flatMap(service => {
    const name = serviceKey(service)
    return NEVER_HELD.has(name) ? service : (gated(service, of(name), scope) ?? [])
  })
  return { nodes: live.nodes, services }
}

for (const node of ['n1', null]) {
  test(`${node ?? 'a host outside'}: after any events and reviews what is served is what all at once gives, and so is each plan`, () => {
    fc.assert(
      fc.property(apiEvents, reviews, scopes, (flushes, exposures, scope) => {
        const [objects, known, store] = [new Objects(), new Set<string>(), new ClusterStore(() => {})]
        const gate = new ServiceGate(scope, NEVER_HELD)
        const model = new Model(node, gate)
        let before: Image = emptyImage()
        let reviewed: Spec | undefined
        for (const [i, events] of flushes.entries()) {
          if (i % 2 === 1) {
            reviewed = exposures[(i >> 1) % exposures.length]!
            model.serveAgain(gate.review(reviewed))
          }
          for (const event of node === null ? events : [...events, OWN]) {
            objects.happen(event)
            tell(store, event, known)
          }
          for (const change of store.take()) model.change(change)
          const live = objects.rendered()
          const served = servedOf(live, reviewed, scope)
          const own = served.nodes.find(({ name }) => name === node)
          expect(canonicalTextOf(model.spec())).toBe(printYaml(served))
          const { image } = compile(served, own ? atNode(own) : EXTERNAL)
          const revision = { spec: revisionOf(served), programs: PROGRAMS, serving: servingIn(image).size }
          const after: Image = { ...image, revision: new Map([[REVISION_KEY, encodeRevision(revision)]]) }
          expect(planOf(model.takeDelta(PROGRAMS))).toEqual(diff(before, after))
          expect(model.image).toEqual(after)
          before = after
          const names = new Map(
            served.services.map(service => [serviceKey(service), printYaml({ nodes: [], services: [service] })]),
          )
          const waiting = live.services.filter(
            service => names.get(serviceKey(service)) !== printYaml({ nodes: [], services: [service] }),
          )
          expect(
            gate
              .difference(100)
              .services.map(({ service }) => service)
              .sort(),
          ).toEqual(waiting.map(serviceKey))
          const lives = new Set(live.services.map(serviceKey))
          expect(gate.absent()).toEqual((reviewed?.services ?? []).map(serviceKey).filter(name => !lives.has(name)))
        }
      }),
      { numRuns: runs(200) },
    )
  })
}
