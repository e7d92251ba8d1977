// SPDX-License-Identifier: Apache-2.0
import type { Address } from '../base/address.ts'
import { readMetadata } from './metadata.ts'
import { type Raw, readAddress, readMap, readMaps, readText, type Scope } from './reader.ts'
import type { Origin } from './source.ts'

/** What of a v1 Node decides where traffic goes. */
export interface Node {
  name: string
  /** topology.kubernetes.io/zone; '' for none. */
  zone: string
  /** InternalIP and ExternalIP of its status, which the API server does not validate: cloud providers write host names too. */
  addresses: Address[]
  origin: Origin
}

const ZONE = 'topology.kubernetes.io/zone'

export function readNode(scope: Scope, object: Raw): Node | undefined {
  const metadata = readMetadata(scope, object, false)
  const status = readMap(scope, object, 'status', [])
  const path = ['status', 'addresses']
  const list = status ? readMaps(scope, status, 'addresses', ['status']) : []
  const addresses = list.flatMap((raw, i) => {
    const type = raw && readText(scope, raw, 'type', [...path, i])
    if (!raw || (type !== 'InternalIP' && type !== 'ExternalIP')) return []
    return readAddress(scope, raw.address ?? '', [...path, i, 'address']) ?? []
  })
  const zone = metadata && (readText(scope, metadata.labels, ZONE, ['metadata', 'labels']) ?? '')
  return metadata && { name: metadata.name, zone: zone ?? '', addresses, origin: scope.origin }
}
