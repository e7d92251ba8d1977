// SPDX-License-Identifier: Apache-2.0
import type { Address } from '../../../base/address.ts'
import { serviceKey } from '../../../spec/name.ts'
import type { Problem } from '../../../spec/problem.ts'
import type { Service } from '../../../spec/spec.ts'
import { VIP_FIELDS } from '../../service.ts'
import type { SpecCheck } from '../subject.ts'

/**
 * A cluster IP is its Service's with all its ports (DESIGN.md 4): render leaves it out of every port of another Service. In a spec that
 * was written by hand another Service can take a port that the owner lacks; one that the owner has is an error.
 */
export const takenClusterIPs: SpecCheck = {
  code: 'vip-is-cluster-ip',
  about: 'no external IP or load balancer address is the cluster IP of another Service',
  find({ spec }) {
    const owners = new Map<Address, Service>()
    for (const service of spec.services) for (const address of service.clusterIPs) owners.set(address, service)
    const problems: Problem[] = []
    for (const service of spec.services) {
      for (const field of VIP_FIELDS.filter(field => field !== 'clusterIPs')) {
        for (const address of service[field]) {
          const owner = owners.get(address)
          if (owner === undefined || service.clusterIPs.includes(address)) continue
          const taken = service.ports.filter(port => !port.except.includes(address))
          if (taken.length === 0) continue
          const ports = taken.map(({ port, protocol }) => `${port}/${protocol}`).join(', ')
          problems.push({
            severity: 'warning',
            code: this.code,
            message: `${serviceKey(service)}: ${address} is the cluster IP of ${serviceKey(owner)}: clients of that address get ${serviceKey(service)} at ${ports}`,
            hint: `except=${address} on each port leaves the address to its Service`,
            path: ['services', serviceKey(service), field],
            item: address,
            other: ['services', serviceKey(owner), 'clusterIPs'],
          })
        }
      }
    }
    return problems
  },
}
