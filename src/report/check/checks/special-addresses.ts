// SPDX-License-Identifier: Apache-2.0
import { formatSpecialKind, type SpecialKind, specialKindOf } from '../../../base/special-address.ts'
import { serviceKey } from '../../../spec/name.ts'
import type { Problem } from '../../../spec/problem.ts'
import type { Service } from '../../../spec/spec.ts'
import { VIP_FIELDS } from '../../service.ts'
import type { SpecCheck } from '../subject.ts'

/** Loopback, link-local, multicast and the like name no host elsewhere: compile never makes a VIP of them. */
export const specialAddresses: SpecCheck = {
  code: 'special-address',
  about: 'no VIP and no endpoint is a loopback, link-local, multicast or other special address',
  find({ spec }) {
    return spec.services.flatMap(service => [...findVips(service), ...findEndpoints(service)])
  },
}

function findVips(service: Service): Problem[] {
  return VIP_FIELDS.flatMap(field =>
    service[field].flatMap(address => {
      const kind = specialKindOf(address)
      return kind ? problem(service, address, kind, 'it is never a VIP', ['services', serviceKey(service), field]) : []
    }),
  )
}

/** Pods may have addresses of class E. */
function findEndpoints(service: Service): Problem[] {
  return service.endpoints.flatMap(group =>
    group.endpoints.flatMap(({ address }) => {
      const kind = specialKindOf(address)
      if (kind === undefined || kind === 'class E') return []
      const path = ['endpoints', serviceKey(service)]
      return problem(service, address, kind, 'clients would reach something on their own node, or nothing', path)
    }),
  )
}

function problem(service: Service, address: string, kind: SpecialKind, effect: string, path: Problem['path']): Problem {
  const message = `${serviceKey(service)}: ${address} is ${formatSpecialKind(kind)}: ${effect}`
  return { severity: 'warning', code: specialAddresses.code, message, hint: 'remove it', path, item: address }
}
