// SPDX-License-Identifier: Apache-2.0
import { portKey } from '../../../spec/name.ts'
import type { SpecCheck } from '../subject.ts'

/** A node without a zone cannot follow zone hints. */
export const zones: SpecCheck = {
  code: 'node-without-zone',
  about: 'where endpoints have zone hints, nodes have zones',
  find({ spec, served }) {
    const without = spec.nodes.filter(node => node.zone === undefined)
    if (without.length === 0) return []
    const hinted = served.find(({ endpoints }) => {
      const ready = endpoints.filter(({ endpoint }) => endpoint.ready)
      return ready.length > 0 && ready.every(({ endpoint }) => endpoint.forZones.length > 0)
    })
    if (!hinted) return []
    return without.map(({ name }) => ({
      severity: 'warning',
      code: this.code,
      message: `node ${name} has no zone: it ignores zone hints, such as those of ${portKey(hinted.service, hinted.port)}`,
      hint: 'label the node with topology.kubernetes.io/zone',
      path: ['nodes', name],
      key: true,
    }))
  },
}
