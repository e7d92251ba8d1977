import type { Family } from '../../base/address.ts'
import { endpointsOf, type PortEndpoint } from '../../compile/endpoints.ts'
import { EXTERNAL } from '../../compile/viewpoint.ts'
import type { Problem } from '../../spec/problem.ts'
import type { Port, Service, Spec } from '../../spec/spec.ts'
import { familiesOf } from '../service.ts'

/** What checks look at: a spec, and what several of them want to know of it. */
export interface CheckedSpec {
  spec: Spec
  served: readonly Served[]
}

/** A port of a Service in one of its families, with all its endpoints, whichever node asks. */
export interface Served {
  service: Service
  port: Port
  family: Family
  endpoints: readonly PortEndpoint[]
}

/** A check of a whole spec: of what can be applied and is most likely not what was meant. */
export interface SpecCheck {
  /** Of every problem that it finds. */
  code: string
  /** What it holds a spec to, in a few words. */
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
