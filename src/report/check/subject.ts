// SPDX-License-Identifier: Apache-2.0
import type { Family } from '../../base/address.ts'
import { endpointsOf, type PortEndpoint } from '../../compile/endpoints.ts'
import { familiesOf } from '../../compile/families.ts'
import { EXTERNAL } from '../../compile/viewpoint.ts'
import type { Problem } from '../../spec/problem.ts'
import type { Port, Service, Spec } from '../../spec/spec.ts'

/** The input of checks: a spec, and what several of them need to know about it. */
interface CheckedSpec {
  spec: Spec
  served: readonly Served[]
}

/** A port of a Service in one of its families, with all its endpoints on any node. */
export interface Served {
  service: Service
  port: Port
  family: Family
  endpoints: readonly PortEndpoint[]
}

/** A check of a whole spec. It finds what can be applied, and is probably a mistake. */
export interface SpecCheck {
  /** The code of every problem that it finds. */
  code: string
  /** The rule: the name of a test in JUnit. */
  about: string
  find(subject: CheckedSpec): Problem[]
}

export function checkedSpec(spec: Spec): CheckedSpec {
  const served = spec.services.flatMap(service =>
    familiesOf(service).flatMap(family =>
      service.ports.map(port => ({
        service,
        port,
        family,
        endpoints: endpointsOf(service, port.name, family, EXTERNAL),
      })),
    ),
  )
  return { spec, served }
}
