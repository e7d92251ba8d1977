// SPDX-License-Identifier: Apache-2.0
import { type Address, familyOf } from '../../../base/address.ts'
import { familiesOf } from '../../../compile/families.ts'
import { frontendName } from '../../../compile/vips-at-nodes.ts'
import { portKey, serviceKey } from '../../../spec/name.ts'
import type { Problem } from '../../../spec/problem.ts'
import type { Port, Service } from '../../../spec/spec.ts'
import { vipsOf } from '../../../spec/vips.ts'
import type { SpecCheck } from '../subject.ts'

/** A VIP comes before a node port (compile/vips-at-nodes.ts): the API server allocated the node port, and clients of it get the VIP's Service. */
export const portsAtNodes: SpecCheck = {
  code: 'vip-is-node-port',
  about: 'no VIP is the address of a node at the number of a node port',
  find({ spec }) {
    const nodes = new Map(spec.nodes.flatMap(node => node.addresses.map(address => [address, node.name] as const)))
    const owners = new Map<string, { service: Service; port: Port }>()
    for (const service of spec.services)
      for (const port of service.ports)
        if (port.nodePort) owners.set(`${port.nodePort}/${port.protocol}`, { service, port })
    const problems: Problem[] = []
    for (const service of owners.size === 0 ? [] : spec.services) {
      const vips = new Set(vipsOf(service).filter(address => nodes.has(address)))
      for (const port of vips.size === 0 ? [] : service.ports) {
        const owner = owners.get(`${port.port}/${port.protocol}`)
        const hidden = owner
          ? [...vips].filter(address => !port.except.includes(address) && isIn(owner.service, address))
          : []
        for (const address of hidden) problems.push(problem({ service, port }, address, owner!, nodes.get(address)!))
      }
    }
    return problems
  },
}

/** A node port answers in the families of its Service. */
function isIn(service: Service, address: Address): boolean {
  return familiesOf(service).includes(familyOf(address))
}

interface ServicePort {
  service: Service
  port: Port
}

function problem({ service, port }: ServicePort, address: Address, owner: ServicePort, node: string): Problem {
  const name = frontendName(address, port.port, port.protocol)
  const nodePort = `a node port of ${portKey(owner.service, owner.port)}`
  return {
    severity: 'warning',
    code: portsAtNodes.code,
    message: `${serviceKey(service)}: ${name} is also ${nodePort} at node ${node}: the VIP hides it`,
    hint: `except=${address} leaves it to the node port`,
    path: ['services', serviceKey(service), 'ports', port.name],
    other: ['services', serviceKey(owner.service), 'ports', owner.port.name],
  }
}
