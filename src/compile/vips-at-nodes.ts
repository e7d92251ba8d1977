// SPDX-License-Identifier: Apache-2.0
import { type Address, formatHostPort } from '../base/address.ts'
import type { Protocol } from '../base/protocol.ts'
import type { Node, Service } from '../spec/spec.ts'
import { vipsOf } from '../spec/vips.ts'
import { familiesOf, isVip } from './families.ts'

/** The addresses of all nodes. */
export function nodeAddressesOf(nodes: readonly Node[]): Set<Address> {
  return new Set(nodes.flatMap(node => node.addresses))
}

/** Whether a VIP of a Service is an address of a node. */
export function hasVipAt(addresses: ReadonlySet<Address>, service: Service | undefined): boolean {
  return service !== undefined && vipsOf(service).some(address => addresses.has(address))
}

/**
 * The frontends of VIPs that are addresses of nodes. A node looks for a VIP before it looks for a node port, so at these addresses and
 * ports no node port answers.
 */
export function vipsAtNodes(services: Iterable<Service>, addresses: ReadonlySet<Address>): Set<string> {
  const found = new Set<string>()
  for (const service of services) {
    if (!hasVipAt(addresses, service)) continue
    const vips = familiesOf(service).flatMap(family => vipsOf(service).filter(address => isVip(address, family)))
    for (const address of vips.filter(address => addresses.has(address)))
      for (const { port, protocol, except } of service.ports)
        if (!except.includes(address)) found.add(frontendName(address, port, protocol))
  }
  return found
}

/** `192.168.50.1:30080/TCP` */
export function frontendName(address: Address, port: number, protocol: Protocol): string {
  return `${formatHostPort(address, port)}/${protocol}`
}
