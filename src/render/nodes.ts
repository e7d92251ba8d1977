// SPDX-License-Identifier: Apache-2.0
import { byAddress } from '../base/address.ts'
import { byText, sortedUnique } from '../base/sort.ts'
import type { Finding } from '../cluster/finding.ts'
import type { Node as Source } from '../cluster/node.ts'
import type { Node } from '../spec/spec.ts'

export function renderNodes(nodes: readonly Source[]): Node[] {
  return [...nodes]
    .sort((a, b) => byText(a.name, b.name))
    .map(({ name, zone, addresses }) => ({
      name,
      ...(zone === '' ? {} : { zone }),
      addresses: sortedUnique(addresses, byAddress),
    }))
}

/** Node ports cannot answer on a node without an address. */
export function checkNodes(nodes: readonly Source[]): Finding[] {
  return nodes
    .filter(node => node.addresses.length === 0)
    .map(({ name, origin }) => {
      const message = `Node ${name}: has no InternalIP or ExternalIP, so no node port answers on it`
      return { severity: 'warning', code: 'node-without-address', message, origin, path: ['status', 'addresses'] }
    })
}
