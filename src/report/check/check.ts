import type { Problem } from '../../spec/problem.ts'
import type { Spec } from '../../spec/spec.ts'
import { endpointAddresses } from './endpoint-addresses.ts'
import { endpointNodes } from './endpoint-nodes.ts'
import { healthCheckPorts } from './health-check-ports.ts'
import { hints } from './hints.ts'
import { localPolicy } from './local-policy.ts'
import { noEndpoints } from './no-endpoints.ts'
import { nodeAddresses } from './node-addresses.ts'
import { openPorts } from './open-ports.ts'
import { rangeFamilies } from './range-families.ts'
import { type Check, subjectOf } from './subject.ts'
import { zones } from './zones.ts'

export const CHECKS: readonly Check[] = [
  nodeAddresses,
  endpointAddresses,
  healthCheckPorts,
  rangeFamilies,
  openPorts,
  noEndpoints,
  localPolicy,
  hints,
  zones,
  endpointNodes,
]

/**
 * What looks wrong in a spec that can be applied: warnings all of them. What cannot be applied is said by whoever reads
 * the spec; so a spec is valid or not for every command alike.
 */
export function check(spec: Spec): Problem[] {
  const subject = subjectOf(spec)
  return CHECKS.flatMap(one => one.find(subject))
}
