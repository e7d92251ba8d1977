// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compile } from '../../src/compile/compile.ts'
import type { Frontend, Verdict } from '../../src/compile/frontend.ts'
import { atNode, EXTERNAL } from '../../src/compile/viewpoint.ts'
import { formatBackend } from '../../src/datapath/backend.ts'
import { formatFrontend } from '../../src/report/change/print.ts'
import { impactAt, impactOnNodes, NODE_EFFECTS } from '../../src/report/impact/impact.ts'
import { remove } from '../../src/report/impact/removal.ts'
import type { Spec } from '../../src/spec/spec.ts'
import { NODES, smallSpec } from '../arbitrary/transition.ts'
import { runs } from '../runs.ts'

const portOf = ({ service, portName }: Frontend) => (portName === '' ? service : `${service}:${portName}`)

test('a node is said to lose a service port exactly when its compiled frontends do', () => {
  fc.assert(
    fc.property(smallSpec, smallSpec, (two, others) => {
      // Two nodes of one zone: the endpoints of one must not count for the other.
      const nodes = [...NODES, { name: 'n3', zone: 'a', addresses: ['192.168.50.3'] }]
      const [old, now] = [
        { ...two, nodes },
        { ...others, nodes },
      ]
      const told = impactOnNodes(old, now, NODE_EFFECTS).flatMap(({ nodes, effects }) =>
        effects
          .filter(({ kind }) => kind === 'unreachable')
          .flatMap(({ service, clients }) => nodes.map(node => `${node} ${service} ${clients}`)),
      )
      const lost = nodes.flatMap(node => {
        const [before, after] = [old, now].map(spec => compile(spec, atNode(node)).frontends) as [
          Frontend[],
          Frontend[],
        ]
        const isAlike = (a: Frontend, b: Frontend) =>
          portOf(a) === portOf(b) && a.family === b.family && (a.kind === 'clusterIP') === (b.kind === 'clusterIP')
        const losing = (side: 'internal' | 'external') =>
          after.filter(
            f => f[side].action !== 'forward' && before.some(b => isAlike(b, f) && b[side].action === 'forward'),
          )
        return [
          ...losing('internal').map(f => `${node.name} ${portOf(f)} here`),
          ...losing('external')
            .filter(f => f.kind !== 'clusterIP')
            .map(f => `${node.name} ${portOf(f)} elsewhere`),
        ]
      })
      expect([...new Set(told)].sort()).toEqual([...new Set(lost)].sort())
    }),
  )
})

test('without an endpoint, exactly the frontends change for a client that compile gives other backends', () => {
  const viewpoint = fc.constantFrom(...NODES.map(atNode), EXTERNAL)
  const someAddress = (spec: Spec) =>
    spec.services.flatMap(s => s.endpoints.flatMap(g => g.endpoints.map(e => e.address)))
  const textOf = ({ backends }: Verdict) => backends.map(formatBackend).join()
  const question = fc
    .tuple(smallSpec, viewpoint)
    .chain(([spec, at]) => fc.constantFrom('10.244.9.9', ...someAddress(spec)).map(pod => ({ spec, at, pod })))
  fc.assert(
    fc.property(question, ({ spec, at, pod }) => {
      const without = remove(spec, [{ pod }])
      const told = impactAt(spec, without, at)
        .filter(({ clients, kind }) => clients === 'here' && (kind === 'unreachable' || kind === 'backends'))
        .flatMap(({ frontends, before, after }) => frontends.map(text => `${text} ${textOf(before)} ${textOf(after)}`))
      const after = new Map(compile(without, at).frontends.map(f => [formatFrontend(f), f]))
      const changed = compile(spec, at).frontends.flatMap(f => {
        const now = after.get(formatFrontend(f))!
        const [old, is] = [textOf(f.internal), textOf(now.internal)]
        return old === is ? [] : [`${formatFrontend(f)} ${old} ${is}`]
      })
      expect(told.sort()).toEqual(changed.sort())
    }),
    { numRuns: runs(300) },
  )
})
