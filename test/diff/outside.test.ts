// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest'
import { type Edges, NO_EDGES } from '../../src/compile/edges.ts'
import { formatBackend } from '../../src/datapath/backend.ts'
import type { Image } from '../../src/datapath/image.ts'
import { changedFrontends, changesBetween } from '../../src/report/change/changes.ts'
import { isSuspicious, lossesOf, lossesOutside } from '../../src/report/change/losses.ts'
import { driftBetween } from '../../src/report/drift/drift-between.ts'
import { reviewImages } from '../../src/report/review/between-images.ts'
import { printReviewText } from '../../src/report/review/print/text.ts'
import type { Service } from '../../src/spec/spec.ts'
import { compileAt } from '../build/compile.ts'
import { service, specWith } from '../kernel/specs.ts'

const EDGES: Edges = { devices: [{ device: 'eth0', ifindex: 2, rawIp: false }], otherProxy: false }

/** A Service with policy Local and an external address. Pods p1x are on n1, p2x on n2. */
function local(n: number, ...pods: string[]): Service {
  return { ...service(n, ...pods), externalIPs: [`203.0.113.${n}`], externalTrafficPolicy: 'Local' }
}
const cluster = (n: number, ...pods: string[]): Service => ({ ...local(n, ...pods), externalTrafficPolicy: 'Cluster' })
const image = (services: Service[], edges = EDGES): Image => compileAt(specWith(...services), 'n1', edges).image

function changeAt(before: Service, after: Service, edges = EDGES) {
  return changesBetween(image([before], edges), image([after], edges)).find(c => c.address === '203.0.113.1')
}
const names = (list: Parameters<typeof formatBackend>[0][]) => list.map(backend => formatBackend(backend))

describe('the list for clients outside', () => {
  it('changes in its own right where edges serve it', () => {
    const change = changeAt(local(1, 'p11', 'p21'), local(1, 'p12', 'p21'))!
    expect(names(change.outside!.gained)).toEqual(names(change.gained))
    expect(names(change.outside!.lost)).toEqual(names(change.lost))
    expect([change.outside!.before, change.outside!.after, change.also]).toEqual([1, 1, []])
  })

  it('is only another aspect without edges', () => {
    const change = changeAt(local(1, 'p11', 'p21'), local(1, 'p12', 'p21'), NO_EDGES)!
    expect([change.outside, change.also]).toEqual([undefined, ['external-backends']])
  })

  it('is not told when it is the list for clients of the node', () => {
    expect(changeAt(cluster(1, 'p11'), cluster(1, 'p12'))).not.toHaveProperty('outside')
  })

  it('empties a frontend that clients of the node still reach', () => {
    const [before, after] = [local(1, 'p11', 'p21'), local(1, 'p21')]
    expect(changeAt(before, after)).toMatchObject({
      kind: 'emptied',
      before: 2,
      after: 1,
      outside: { before: 1, after: 0 },
    })
    expect(changeAt(before, after, NO_EDGES)!.kind).toBe('changed')
  })

  const POLICY: [Service, Service] = [cluster(1, 'p11', 'p21'), local(1, 'p21')]

  it('is the riskiest line of a review, which tells of it what it does not tell of the node', () => {
    const [from, to] = [image([local(1, 'p11', 'p21')]), image([local(1, 'p21', 'p22')])]
    const review = reviewImages(changesBetween(from, to), from, to, () => 'shop/web:http')
    expect(printReviewText(review)).toBe(
      [
        '  ! shop/web  203.0.113.1:80/TCP: 1 → 0 backends for clients outside; -10.244.1.11 +10.244.2.12',
        'Services: 1 to lose the last endpoint',
        '',
      ].join('\n'),
    )
    const [open, narrow] = POLICY.map(s => image([s])) as [Image, Image]
    const [change] = reviewImages(changesBetween(open, narrow), open, narrow, () => 'shop/web:http').services
    expect(change!.altered).toContainEqual({
      change: 'lost for clients outside',
      endpoints: [{ address: '10.244.2.11' }],
    })
  })

  it('drifts', () => {
    const [open, narrow] = POLICY.map(s => image([s])) as [Image, Image]
    const drift = driftBetween(open, narrow, () => 'shop/web')
    expect(drift.find(({ what }) => what.includes('203.0.113.1'))!.what).toBe(
      'shop/web at 203.0.113.1:80/TCP lacks 10.244.1.11:8080; lacks 10.244.2.11:8080 for clients outside; has another external traffic policy',
    )
  })
})

describe('losses outside', () => {
  const SERVING = [local(1, 'p11', 'p21'), cluster(2, 'p11'), cluster(3, 'p11'), cluster(4, 'p11')]
  const lossesBy = (after: Service[], edges = EDGES) => {
    const [observed, desired] = [image(SERVING), image(after, edges)]
    return lossesOutside(observed, desired, changedFrontends(observed, desired))
  }

  it('count the service ports whose exposed frontends go, though the cluster IP serves on', () => {
    const inside = SERVING.map(s => ({ ...s, externalIPs: [] }))
    expect(lossesBy(inside)).toMatchObject({ serving: 4, emptied: 4 })
    expect(isSuspicious(lossesBy(inside))).toBe(true)
    const [observed, desired] = [image(SERVING), image(inside)]
    expect(lossesOf(observed, desired, changedFrontends(observed, desired)).emptied).toBe(0)
  })

  it('count those that a change to policy Local leaves without a backend here', () => {
    expect(lossesBy([SERVING[0]!, local(2, 'p21'), local(3, 'p21'), cluster(4, 'p11')]).emptied).toBe(2)
  })

  it('do not count those of policy Local whose endpoints went to other nodes', () => {
    expect(lossesBy([local(1, 'p21'), ...SERVING.slice(1)]).emptied).toBe(0)
    expect(lossesBy([local(1), ...SERVING.slice(1)]).emptied).toBe(1)
  })

  it('are none when the edges go: that is a change of its own', () => {
    expect(lossesBy([], NO_EDGES)).toEqual({ serving: 0, emptied: 0, examples: [] })
  })
})
