// SPDX-License-Identifier: Apache-2.0
import { serviceKey } from '../../../spec/name.ts'
import type { Problem } from '../../../spec/problem.ts'
import type { Service, Spec } from '../../../spec/spec.ts'
import { vipsOf } from '../../../spec/vips.ts'
import { VIP_FIELDS } from '../../service.ts'
import type { SpecCheck } from '../subject.ts'

/**
 * A cluster IP refuses the ports that it does not have, so a pod with the same address cannot be reached; behind another VIP it
 * can be reached at ports that the Service does not have.
 */
export const endpointAddresses: SpecCheck = {
  code: 'vip-is-endpoint-address',
  about: 'no VIP is the address of an endpoint',
  find({ spec }) {
    const owners = endpointsAt(spec)
    const problems: Problem[] = []
    for (const service of owners.size === 0 ? [] : spec.services) {
      for (const field of VIP_FIELDS) {
        for (const address of service[field]) {
          const owner = owners.get(address)
          if (!owner) continue
          problems.push({
            severity: 'warning',
            code: this.code,
            message: `${serviceKey(service)}: ${address} is also an endpoint of ${serviceKey(owner)}: connections to the endpoint ${HARM[field]}`,
            hint: 'endpoints are addresses of pods and hosts, never VIPs',
            path: ['services', serviceKey(service), field],
            item: address,
            other: ['endpoints', serviceKey(owner)],
          })
        }
      }
    }
    return problems
  },
}

const HARM = {
  clusterIPs: 'go to other backends or are refused',
  externalIPs: 'go to other backends at the ports of the Service',
  loadBalancerIPs: 'go to other backends at the ports of the Service',
} as const

/** The VIPs that are endpoints too, with a Service that has the endpoint. Node addresses have a check of their own. */
function endpointsAt({ nodes, services }: Spec): Map<string, Service> {
  const vips = new Set(services.flatMap(vipsOf))
  for (const node of nodes) for (const address of node.addresses) vips.delete(address)
  const owners = new Map<string, Service>()
  for (const service of services) {
    for (const group of service.endpoints) {
      for (const { address } of group.endpoints) if (vips.has(address)) owners.set(address, service)
    }
  }
  return owners
}
