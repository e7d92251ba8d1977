// SPDX-License-Identifier: Apache-2.0
import { type Address, type Family, familyOf } from '../base/address.ts'
import { specialKindOf } from '../base/special-address.ts'
import type { Service } from '../spec/spec.ts'

/** A Service exists in the families in which it has a cluster IP that is a VIP, and in no other (semantics 1.1). */
export function familiesOf({ clusterIPs }: Service): Family[] {
  return ([4, 6] as const).filter(family => clusterIPs.some(address => isVip(address, family)))
}

/** A special address is never a VIP (DESIGN.md 4). */
export function isVip(address: Address, family: Family): boolean {
  return familyOf(address) === family && specialKindOf(address) === undefined
}
