// SPDX-License-Identifier: Apache-2.0
import { familyOf } from '../../../base/address.ts'
import { plainCount } from '../../../base/count.ts'
import { familiesOf } from '../../../compile/families.ts'
import { portKey, serviceKey } from '../../../spec/name.ts'
import type { Problem } from '../../../spec/problem.ts'
import type { Service } from '../../../spec/spec.ts'
import { isUsable } from '../../service.ts'
import type { Served, SpecCheck } from '../subject.ts'

/** Without a usable endpoint every connection is refused (semantics 1.5). */
export const noEndpoints: SpecCheck = {
  code: 'no-endpoints',
  about: 'every port of every Service has an endpoint that can be used',
  find({ served }) {
    const dead = served.filter(({ endpoints }) => !endpoints.some(({ endpoint }) => isUsable(endpoint)))
    const byService = new Map<Service, Served[]>()
    for (const one of dead) byService.set(one.service, [...(byService.get(one.service) ?? []), one])
    return [...byService].flatMap(([service, ports]) => {
      const isAll = ports.length === service.ports.length * familiesOf(service).length
      return isAll ? wholeService(service) : ports.map(onePort)
    })
  },
}

function wholeService(service: Service): Problem {
  const all = service.endpoints.flatMap(group => group.endpoints)
  const distinct = new Set(all.map(({ address }) => address)).size
  const key = serviceKey(service)
  const what = distinct === 0 ? 'has no endpoints' : `has ${plainCount(distinct, 'endpoint')} and none can be used`
  return {
    severity: 'warning',
    code: noEndpoints.code,
    message: `${key} ${what}: every connection is refused`,
    hint: distinct === 0 ? 'does a pod match its selector, and do its port names agree?' : 'are its pods ready?',
    path: ['services', key],
    key: true,
  }
}

/** Other ports or families of the Service have endpoints. */
function onePort(one: Served): Problem {
  const { service, port, family, endpoints } = one
  const hasSome = endpoints.length > 0
  const vips = service.clusterIPs.filter(address => familyOf(address) === family)
  const what = hasSome
    ? `none of ${plainCount(endpoints.length, `IPv${family} endpoint`)} can be used`
    : `no IPv${family} endpoint has it`
  return {
    severity: 'warning',
    code: noEndpoints.code,
    message: `${portKey(one.service, one.port)}: ${what}: ${vips.join(', ')} refuses port ${port.port}/${port.protocol}`,
    hint: hasSome ? 'are its pods ready?' : 'do the pods have a port of this name, and addresses of both families?',
    path: ['services', serviceKey(service), 'ports', port.name],
  }
}
