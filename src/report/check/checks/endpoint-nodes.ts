// SPDX-License-Identifier: Apache-2.0
import { plainCount } from '../../../base/count.ts'
import { nearest } from '../../../base/diagnostic.ts'
import { encodeText } from '../../../spec/line/text.ts'
import { serviceKey } from '../../../spec/name.ts'
import type { Problem } from '../../../spec/problem.ts'
import type { Spec } from '../../../spec/spec.ts'
import type { SpecCheck } from '../subject.ts'

/** Endpoints on nodes that the spec does not have get traffic, but those nodes cannot apply the spec. */
export const endpointNodes: SpecCheck = {
  code: 'unknown-node',
  about: 'endpoints are on nodes of the spec',
  find({ spec }) {
    const known = spec.nodes.map(node => node.name)
    return [...missingNodes(spec, new Set(known))].map(([node, { service, address, endpoints }], i) => {
      const meant = i < SUGGESTIONS ? nearest(node, known) : undefined
      const problem: Problem = {
        severity: 'warning',
        code: this.code,
        message: `the spec has no node ${encodeText(node)}, on which ${endpoints === 1 ? 'is 1 endpoint' : `are ${plainCount(endpoints, 'endpoint')}`}`,
        hint: meant ? `did you mean ${meant}?` : 'export Nodes and EndpointSlices at the same moment',
        path: ['endpoints', service],
        item: address,
      }
      return problem
    })
  },
}

/** Only this many get a suggestion: to look for all of them among all nodes would be quadratic. */
const SUGGESTIONS = 20

/** Unknown nodes, each with its first endpoint and how many it has. */
function missingNodes({ services }: Spec, known: ReadonlySet<string>) {
  const found = new Map<string, { service: string; address: string; endpoints: number }>()
  for (const service of services) {
    for (const group of service.endpoints) {
      for (const { node, address } of group.endpoints) {
        if (node === undefined || known.has(node)) continue
        const missing = found.get(node)
        if (missing) missing.endpoints++
        else found.set(node, { service: serviceKey(service), address, endpoints: 1 })
      }
    }
  }
  return found
}
