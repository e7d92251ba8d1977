// SPDX-License-Identifier: Apache-2.0
import type { Family } from '../../base/address.ts'
import { endpointsOf } from '../../compile/endpoints.ts'
import { familiesOf } from '../../compile/families.ts'
import { EXTERNAL } from '../../compile/viewpoint.ts'
import type { Service } from '../../spec/spec.ts'
import { isUsable } from '../service.ts'
import { usableIn } from './membership.ts'

/**
 * The parts of a Service that lose the last endpoint: the Service, ports, or ports in one family. A port or family that is removed
 * does not count.
 */
export function emptiedLists(old: Service, now: Service): string[] {
  const families = familiesOf(now).filter(family => familiesOf(old).includes(family))
  const names = now.ports.map(port => port.name).filter(name => old.ports.some(port => port.name === name))
  const lists = names.flatMap(name => families.map(family => ({ name, family })))
  const sizes = lists.map(list => ({ ...list, before: sizeOf(old, list), after: sizeOf(now, list) }))
  const emptied = sizes.filter(({ before, after }) => before > 0 && after === 0)
  if (emptied.length === 0) return []
  if (sizes.every(({ after }) => after === 0)) return [`${usableIn(old)} → 0 endpoints, refuses all connections`]
  return emptied.map(({ name, family, before }) => {
    const others = families.length > 1 && sizes.some(s => s.name === name && s.family !== family && s.after > 0)
    const where = `${name === '' ? 'port' : name}${others ? ` over IPv${family}` : ''}`
    return `${where}: ${before} → 0 endpoints`
  })
}

function sizeOf(service: Service, { name, family }: { name: string; family: Family }): number {
  return endpointsOf(service, name, family, EXTERNAL).filter(({ endpoint }) => isUsable(endpoint)).length
}
