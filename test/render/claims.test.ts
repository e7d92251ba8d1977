// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compile } from '../../src/compile/compile.ts'
import type { Frontend } from '../../src/compile/frontend.ts'
import { atNode, EXTERNAL } from '../../src/compile/viewpoint.ts'
import { renderNodes } from '../../src/render/nodes.ts'
import { serviceKey } from '../../src/spec/name.ts'
import { parseSpec } from '../../src/spec/parse.ts'
import { printYaml } from '../../src/spec/print.ts'
import { clusterHistory } from '../arbitrary/cluster-history.ts'
import { fullRendering } from '../build/rendering.ts'
import { runs } from '../runs.ts'

/** Clusters in which Services claim each other's cluster IPs, node ports and VIPs. */
const clusters = clusterHistory.map(history => history.at(-1)!.cluster)

test('whatever Services claim, render serves the rest, and every host can compile the spec', () => {
  fc.assert(
    fc.property(clusters, cluster => {
      const rendering = fullRendering(cluster)
      const spec = { nodes: renderNodes(cluster.nodes), services: rendering.services() }
      expect(rendering.findings().filter(({ severity }) => severity === 'error')).toEqual([])
      expect(parseSpec(printYaml(spec), 'spec').diagnostics).toEqual([])
      for (const viewpoint of [EXTERNAL, ...spec.nodes.map(atNode)]) {
        const { image, frontends } = compile(spec, viewpoint)
        expect(image.frontends.size).toBeLessThanOrEqual(frontends.length)
      }
    }),
    { numRuns: runs(300) },
  )
})

test('what the API server allocated never goes to another Service', () => {
  fc.assert(
    fc.property(clusters, cluster => {
      const spec = { nodes: renderNodes(cluster.nodes), services: fullRendering(cluster).services() }
      const nodeAddresses = new Set(spec.nodes.flatMap(node => node.addresses))
      const allocatedTo = (frontend: Frontend) => {
        const at = (address: string) => spec.services.filter(service => service.clusterIPs.includes(address))
        const owners = at(frontend.address!)
        if (owners.length > 0 || !nodeAddresses.has(frontend.address!)) return owners
        const isIt = (port: { nodePort?: number; protocol: string }) =>
          port.nodePort === frontend.port && port.protocol === frontend.protocol
        return spec.services.filter(service => service.ports.some(isIt))
      }
      for (const frontend of compile(spec, EXTERNAL).frontends) {
        if (frontend.address === undefined) continue
        const owners = allocatedTo(frontend).map(serviceKey)
        if (owners.length > 0) expect(owners).toContain(frontend.service)
      }
    }),
    { numRuns: runs(300) },
  )
})
