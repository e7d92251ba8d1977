// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import { describe, expect, it } from 'vitest'
import type { Edge, Edges } from '../../src/compile/edges.ts'
import { reviewEdges } from '../../src/report/review/edges.ts'
import { only } from '../../src/report/review/only.ts'
import { printReviewJson } from '../../src/report/review/print/json.ts'
import { printReviewMarkdown } from '../../src/report/review/print/markdown.ts'
import { edgeLines, printReviewText } from '../../src/report/review/print/text.ts'
import { isEqual } from '../../src/report/review/review.ts'
import { compileAt } from '../build/compile.ts'
import { service, specWith } from '../kernel/specs.ts'

const ETH0: Edge = { device: 'eth0', ifindex: 2, nat4: '192.168.1.1', nat6: 'fd00::1', rawIp: false }
const FLANNEL: Edge = { device: 'flannel.1', ifindex: 5, nat4: '10.244.1.0', rawIp: false }
const WG: Edge = { device: 'wg0', ifindex: 7, rawIp: true }
const edges = (...devices: Edge[]): Edges => ({ devices, otherProxy: false })
const imageWith = (given: Edges) => compileAt(specWith(service(1, 'p11')), 'n1', given).image
const NO_XDP = { xdpGained: [], xdpLost: [], xdp: { without: new Map<string, string>() }, pods: new Set<string>() }
const NOTHING = { lost: [], repaired: [], gained: [], ...NO_XDP }
const SIDES = { old: { name: 'n1' }, new: { name: 'spec.yaml' } }

const EDGES = reviewEdges(
  {
    edges: edges({ ...ETH0, nat4: '192.168.1.9' }, FLANNEL, WG),
    lost: ['eth1'],
    repaired: ['flannel.1'],
    gained: ['wg0'],
    ...NO_XDP,
  },
  imageWith(edges(ETH0, FLANNEL)),
)
const REVIEW = { services: [], nodes: [], edges: EDGES }

describe('a review of edges', () => {
  it('tells those that are lost first, and those that are gained last', () => {
    expect(EDGES.map(({ device, kind }) => [device, kind])).toEqual([
      ['eth1', 'lost'],
      ['flannel.1', 'repaired'],
      ['eth0', 'changed'],
      ['wg0', 'gained'],
    ])
  })

  it('is text before the Services, and in the totals', () => {
    expect(printReviewText(REVIEW, { remarks: ['3 map writes'] })).toBe(
      `  ! edge eth1 lost: packets that arrive there are translated no more
  * edge flannel.1 (10.244.1.0) repaired: its programs are attached again
  * edge eth0 (192.168.1.9, fd00::1) changed: IPv4 source 192.168.1.1 → 192.168.1.9
  + edge wg0 gained: packets that arrive there are translated
4 edges to change · 3 map writes
`,
    )
  })

  it('is a list in JSON, as the schema has it', () => {
    const valid = new Ajv({ allowUnionTypes: true }).compile(
      JSON.parse(readFileSync('schema/review.v1alpha1.json', 'utf8')),
    )
    const document = JSON.parse(printReviewJson(REVIEW, SIDES))
    expect(valid(document) ? [] : valid.errors).toEqual([])
    expect([document.equal, document.edges[2].addresses]).toEqual([false, ['192.168.1.9', 'fd00::1']])
  })

  it('is an open section of a comment', () => {
    expect(printReviewMarkdown(REVIEW, SIDES)).toMatch(
      /^\*\*4 edges to change\*\*.*\n\n#### Edges: 4\n\n- edge eth1 lost/,
    )
  })

  it('is no half of a spec', () => {
    for (const part of ['exposure', 'endpoints'] as const) expect(isEqual(only(part, REVIEW))).toBe(true)
  })

  it('says that another proxy came or went, and what lost its address', () => {
    const before = imageWith({ devices: [ETH0], otherProxy: true })
    const after = edges({ ...ETH0, nat6: undefined })
    expect(reviewEdges({ ...NOTHING, edges: after }, before)[0]!.changes).toEqual([
      'IPv6 source fd00::1 → none',
      'no other proxy serves beside it',
    ])
    expect(reviewEdges({ ...NOTHING, edges: edges(ETH0) }, imageWith(edges(ETH0)))).toEqual([])
    expect(reviewEdges({ ...NOTHING, edges: after })).toEqual([])
  })

  it('says which edges have XDP, and why one loses it', () => {
    const given = edges({ ...ETH0, xdp: true }, FLANNEL, { ...WG, xdp: true })
    const reason = 'it is switched off'
    const plan = { ...NOTHING, edges: given, gained: ['wg0'], xdpGained: ['eth0'], xdpLost: ['flannel.1'] }
    const review = reviewEdges({ ...plan, xdp: { without: new Map([['flannel.1', reason]]) } }, imageWith(given))
    expect(edgeLines(review)).toEqual([
      '  * edge eth0 (192.168.1.1, fd00::1, XDP) changed: XDP added',
      '  * edge flannel.1 (10.244.1.0) changed: XDP removed: it is switched off',
      '  + edge wg0 (XDP) gained: packets that arrive there are translated',
    ])
  })

  it('does not act in a terminal', () => {
    const [line] = edgeLines(reviewEdges({ ...NOTHING, edges: edges(), lost: ['e\x1b[2J'] }))
    expect(line).toContain('e\\u001b[2J')
  })
})
