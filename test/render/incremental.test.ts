// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Compilation } from '../../src/compile/compilation.ts'
import { compile } from '../../src/compile/compile.ts'
import { EXTERNAL } from '../../src/compile/viewpoint.ts'
import { renderNodes } from '../../src/render/nodes.ts'
import { type ClusterChange, Rendering } from '../../src/render/rendering.ts'
import { serviceKey } from '../../src/spec/name.ts'
import { printYaml } from '../../src/spec/print.ts'
import type { Service } from '../../src/spec/spec.ts'
import { clusterHistory, type Moment } from '../arbitrary/cluster-history.ts'
import { fullRendering } from '../build/rendering.ts'
import { runs } from '../runs.ts'

const keyOf = (name: string) => serviceKey({ namespace: 'shop', name })

/** What is new at a moment. */
function changeAt({ cluster, changed }: Moment): ClusterChange {
  return {
    services: new Map(changed.services.map(name => [keyOf(name), cluster.services.find(s => s.name === name)])),
    slices: new Map(changed.slices.map(name => [keyOf(name), cluster.slices.filter(s => s.service === name)])),
    ...(changed.nodes && { nodes: cluster.nodes }),
  }
}

test('after any changes the spec and the findings are those of a full render', () => {
  fc.assert(
    fc.property(clusterHistory, history => {
      const rendering = new Rendering()
      for (const moment of history) {
        rendering.change(changeAt(moment))
        const full = fullRendering(moment.cluster)
        const nodes = renderNodes(moment.cluster.nodes)
        const text = (services: Service[]) => printYaml({ nodes, services })
        expect(text(rendering.services())).toBe(text(full.services()))
        expect(rendering.findings()).toEqual(full.findings())
      }
    }),
    { numRuns: runs(300) },
  )
})

test('a change names every Service of the spec that is another one', () => {
  fc.assert(
    fc.property(clusterHistory, history => {
      const rendering = new Rendering()
      const services = new Map<string, Service>()
      for (const moment of history) {
        for (const [name, service] of rendering.change(changeAt(moment))) {
          if (service) services.set(name, service)
          else services.delete(name)
        }
        const full = fullRendering(moment.cluster).services()
        expect(services).toEqual(new Map(full.map(service => [serviceKey(service), service])))
      }
    }),
    { numRuns: runs(300) },
  )
})

test('render and compile, change by change, reach the image of a full compile', () => {
  fc.assert(
    fc.property(clusterHistory, history => {
      const rendering = new Rendering()
      const compilation = new Compilation(EXTERNAL)
      for (const moment of history) {
        const nodes = renderNodes(moment.cluster.nodes)
        const services = rendering.change(changeAt(moment))
        compilation.change(moment.changed.nodes ? { services, nodes } : { services })
        const full = { nodes, services: fullRendering(moment.cluster).services() }
        expect(compilation.image).toEqual(compile(full, EXTERNAL).image)
      }
    }),
    { numRuns: runs(300) },
  )
})
