// SPDX-License-Identifier: Apache-2.0
import { type Address, familyOf } from '../../../base/address.ts'
import { specialKindOf } from '../../../base/special-address.ts'
import { encodeText } from '../../../spec/line/text.ts'
import { serviceKey } from '../../../spec/name.ts'
import type { Problem } from '../../../spec/problem.ts'
import { isUsable } from '../../service.ts'
import type { Served, SpecCheck } from '../subject.ts'

/** Under policy Local a node uses its own endpoints only. When no node has one, every node drops. */
export const localPolicy: SpecCheck = {
  code: 'no-local-endpoint',
  about: 'under traffic policy Local some node has an endpoint',
  find({ spec, served }) {
    const nodes = new Set(spec.nodes.map(node => node.name))
    const problems = new Map<string, Problem>()
    for (const one of served) {
      const usable = one.endpoints.filter(({ endpoint }) => isUsable(endpoint))
      const isLocal = usable.some(({ endpoint }) => endpoint.node !== undefined && nodes.has(endpoint.node))
      if (usable.length === 0 || isLocal) continue
      for (const [field, clients] of localPolicies(one)) {
        const key = serviceKey(one.service)
        const example = usable[0]!.endpoint
        const where =
          example.node === undefined ? 'on no node' : `on ${encodeText(example.node)}, which the spec does not have`
        const message = `${key}: ${field} is Local and no endpoint is on a node of the spec (${example.address} is ${where}): connections of ${clients} are dropped on every node`
        const hint = `write ${field}: Cluster, or say on which nodes the endpoints are`
        const path = ['services', key, field]
        problems.set(path.join(), { severity: 'warning', code: this.code, message, hint, path })
      }
    }
    return [...problems.values()]
  },
}

/** The policies of a port that are Local and decide in this family, and the clients that they decide for. */
function localPolicies({
  service,
  port,
  family,
}: Served): ['internalTrafficPolicy' | 'externalTrafficPolicy', string][] {
  const answersOn = (vips: readonly Address[]) =>
    vips.some(a => familyOf(a) === family && specialKindOf(a) === undefined && !port.except.includes(a))
  const isExposed = port.nodePort !== undefined || answersOn([...service.externalIPs, ...service.loadBalancerIPs])
  const policies: ReturnType<typeof localPolicies> = []
  if (service.internalTrafficPolicy === 'Local' && answersOn(service.clusterIPs))
    policies.push(['internalTrafficPolicy', 'clients in the cluster'])
  if (service.externalTrafficPolicy === 'Local' && isExposed)
    policies.push(['externalTrafficPolicy', 'clients outside the cluster'])
  return policies
}
