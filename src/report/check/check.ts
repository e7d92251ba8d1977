// SPDX-License-Identifier: Apache-2.0
import { excessOf } from '../../compile/budget.ts'
import type { Problem } from '../../spec/problem.ts'
import type { Spec } from '../../spec/spec.ts'
import { endpointAddresses } from './checks/endpoint-addresses.ts'
import { endpointNodes } from './checks/endpoint-nodes.ts'
import { healthCheckPorts } from './checks/health-check-ports.ts'
import { hints } from './checks/hints.ts'
import { localPolicy } from './checks/local-policy.ts'
import { noEndpoints } from './checks/no-endpoints.ts'
import { nodeAddresses } from './checks/node-addresses.ts'
import { openPorts } from './checks/open-ports.ts'
import { portsAtNodes } from './checks/ports-at-nodes.ts'
import { rangeFamilies } from './checks/range-families.ts'
import { specialAddresses } from './checks/special-addresses.ts'
import { takenClusterIPs } from './checks/taken-cluster-ips.ts'
import { zones } from './checks/zones.ts'
import { checkedSpec, type SpecCheck } from './subject.ts'

export const SPEC_CHECKS: readonly SpecCheck[] = [
  specialAddresses,
  nodeAddresses,
  portsAtNodes,
  takenClusterIPs,
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

/** Those that ask nothing of endpoints. */
export const EXPOSURE_CHECKS: readonly SpecCheck[] = [
  specialAddresses,
  nodeAddresses,
  portsAtNodes,
  takenClusterIPs,
  healthCheckPorts,
  rangeFamilies,
  openPorts,
]

/**
 * Probable mistakes in a spec that can be applied, as warnings. Errors come from the parser, so a spec is valid for every command or
 * for none.
 */
export function check(spec: Spec): Problem[] {
  const excess = overBudget(spec)
  // Other checks look at every backend.
  if (excess.length > 0) return excess
  const subject = checkedSpec(spec)
  return SPEC_CHECKS.flatMap(one => one.find(subject))
}

/** A spec that costs more than a node takes without being told to. */
export function overBudget(spec: Spec): Problem[] {
  const excess = excessOf(spec)
  if (!excess) return []
  const { message, service } = excess
  const hint = 'give some of its Services to another cluster, or fewer ports; balancing apply takes it with --force'
  return [{ severity: 'warning', code: 'over-budget', message, hint, path: ['services', service] }]
}

/** What looks wrong in an exposure alone, which is given as a spec of Services without endpoints. */
export function checkExposure(exposure: Spec): Problem[] {
  const subject = checkedSpec(exposure)
  return EXPOSURE_CHECKS.flatMap(one => one.find(subject))
}
