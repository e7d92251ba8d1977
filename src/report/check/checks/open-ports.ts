// SPDX-License-Identifier: Apache-2.0
import { serviceKey } from '../../../spec/name.ts'
import type { Problem } from '../../../spec/problem.ts'
import type { SpecCheck } from '../subject.ts'

/** Source ranges apply to load balancer addresses only; other frontends of the same endpoints stay open (kubernetes#33586). */
export const openPorts: SpecCheck = {
  code: 'source-ranges-bypassed',
  about: 'no node port or external IP bypasses source ranges',
  find({ spec }) {
    const problems: Problem[] = []
    for (const service of spec.services) {
      if (service.sourceRanges.length === 0) continue
      const first = service.ports.find(port => port.nodePort !== undefined)
      const nodePorts = service.ports.flatMap(port => (port.nodePort === undefined ? [] : `node port ${port.nodePort}`))
      const open = [...nodePorts, ...service.externalIPs.map(address => `external IP ${address}`)]
      if (open.length === 0) continue
      const key = serviceKey(service)
      problems.push({
        severity: 'warning',
        code: this.code,
        message: `${key}: source ranges do not apply to ${open.join(', ')}: ${open.length === 1 ? 'it is' : 'they are'} open to all`,
        hint: 'set allocateLoadBalancerNodePorts: false, when the load balancer does not need node ports',
        path: first ? ['services', key, 'ports', first.name] : ['services', key, 'externalIPs'],
      })
    }
    return problems
  },
}
