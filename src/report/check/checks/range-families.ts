// SPDX-License-Identifier: Apache-2.0
import { familyOf, parseCidr } from '../../../base/address.ts'
import { familiesOf } from '../../../compile/families.ts'
import { serviceKey } from '../../../spec/name.ts'
import type { Problem } from '../../../spec/problem.ts'
import type { SpecCheck } from '../subject.ts'

/** Ranges apply to addresses of their own family. An address without a range of its family is open. */
export const rangeFamilies: SpecCheck = {
  code: 'source-ranges-of-other-family',
  about: 'load balancer IPs of a Service with source ranges have ranges of their family',
  find({ spec }) {
    const problems: Problem[] = []
    for (const service of spec.services) {
      if (service.sourceRanges.length === 0) continue
      const bound = new Set(service.sourceRanges.map(range => familyOf(parseCidr(range)!.address)))
      for (const family of familiesOf(service)) {
        const open = service.loadBalancerIPs.filter(address => familyOf(address) === family)
        if (bound.has(family) || open.length === 0) continue
        const key = serviceKey(service)
        problems.push({
          severity: 'warning',
          code: this.code,
          message: `${key}: no source range is IPv${family}, so ${open.join(', ')} ${open.length === 1 ? 'is' : 'are'} open to all`,
          hint: `add the IPv${family} networks of the clients`,
          path: ['services', key, 'loadBalancerIPs'],
          item: open[0]!,
        })
      }
    }
    return problems
  },
}
