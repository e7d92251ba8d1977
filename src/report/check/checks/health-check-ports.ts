// SPDX-License-Identifier: Apache-2.0
import type { Path } from '../../../base/place.ts'
import { portKey, serviceKey } from '../../../spec/name.ts'
import type { Problem } from '../../../spec/problem.ts'
import type { SpecCheck } from '../subject.ts'

interface Owner {
  name: string
  path: Path
}

/** Health checks are TCP ports of every node, as node ports are (kubernetes#63617). */
export const healthCheckPorts: SpecCheck = {
  code: 'health-check-port-taken',
  about: 'no healthCheckNodePort is another port of the nodes',
  find({ spec }) {
    const owners = new Map<number, Owner>()
    for (const service of spec.services) {
      for (const port of service.ports) {
        if (port.nodePort === undefined || port.protocol !== 'TCP') continue
        const name = `a node port of ${portKey(service, port)}`
        owners.set(port.nodePort, { name, path: ['services', serviceKey(service), 'ports', port.name] })
      }
    }
    const problems: Problem[] = []
    for (const service of spec.services) {
      const number = service.healthCheckNodePort
      if (number === undefined) continue
      const path = ['services', serviceKey(service), 'healthCheckNodePort']
      const owner = owners.get(number)
      if (!owner) owners.set(number, { name: `the healthCheckNodePort of ${serviceKey(service)}`, path })
      else {
        problems.push({
          severity: 'warning',
          code: this.code,
          message: `${serviceKey(service)}: healthCheckNodePort ${number} is also ${owner.name}: only one of them gets the connections`,
          hint: 'give one of them another port',
          path,
          other: owner.path,
        })
      }
    }
    return problems
  },
}
