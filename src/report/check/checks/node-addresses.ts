// SPDX-License-Identifier: Apache-2.0
import { serviceKey } from '../../../spec/name.ts'
import type { Problem } from '../../../spec/problem.ts'
import { VIP_FIELDS } from '../../service.ts'
import type { SpecCheck } from '../subject.ts'

/** A VIP that is an address of a node hides the processes that listen there on the same ports (kubernetes#127410, #104679). */
export const nodeAddresses: SpecCheck = {
  code: 'vip-is-node-address',
  about: 'no VIP is the address of a node',
  find({ spec }) {
    const owners = new Map(spec.nodes.flatMap(node => node.addresses.map(address => [address, node.name] as const)))
    const problems: Problem[] = []
    for (const service of spec.services) {
      for (const field of VIP_FIELDS) {
        for (const address of service[field]) {
          const node = owners.get(address)
          if (node === undefined) continue
          problems.push({
            severity: 'warning',
            code: this.code,
            message: `${serviceKey(service)}: ${address} is also an address of node ${node}: processes that listen there on the same ports are hidden`,
            hint: 'give the Service an address that no node has',
            path: ['services', serviceKey(service), field],
            item: address,
          })
        }
      }
    }
    return problems
  },
}
