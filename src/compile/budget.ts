// SPDX-License-Identifier: Apache-2.0
import { thousands } from '../base/count.ts'
import { serviceKey } from '../spec/name.ts'
import type { Service, Spec } from '../spec/spec.ts'

/** How much a spec compiles to, at most, counted without compiling it. */
interface Cost {
  /** An address, port and protocol each. */
  frontends: number
  /** Of each service port, its endpoints. */
  backends: number
  /** CIDRs that clients are held to. */
  ranges: number
}

/**
 * What a node takes without being told to. A cluster of 10,000 Services and 100,000 endpoints has a tenth of it. At the limit of
 * backends, compiling takes 1.4 s of CPU and 357 MB.
 */
export const BUDGET: Readonly<Cost> = { frontends: 1_000_000, backends: 2_000_000, ranges: 1_000_000 }

export function costOf({ services }: Spec): Cost {
  const cost = { frontends: 0, backends: 0, ranges: 0 }
  for (const service of services) for (const key of COSTS) cost[key] += COST_OF[key](service)
  return cost
}

/** What exceeds the budget, and the Service that costs the most of it; undefined when nothing does. */
interface Excess {
  cost: keyof Cost
  message: string
  service: string
}

export function excessOf(spec: Spec): Excess | undefined {
  const total = costOf(spec)
  const cost = COSTS.find(key => total[key] > BUDGET[key])
  if (cost === undefined) return undefined
  const worst = spec.services.reduce((a, b) => (COST_OF[cost](b) > COST_OF[cost](a) ? b : a))
  const [service, share] = [serviceKey(worst), thousands(COST_OF[cost](worst))]
  const message = `the spec has ${thousands(total[cost])} ${NAMES[cost]}, ${share} of them of ${service}; the budget of a node is ${thousands(BUDGET[cost])}`
  return { cost, message, service }
}

const NAMES = {
  frontends: 'frontends',
  backends: 'backends (service ports × their endpoints)',
  ranges: 'source ranges',
} as const

const COSTS = ['frontends', 'backends', 'ranges'] as const

const COST_OF: Record<keyof Cost, (service: Service) => number> = {
  frontends: ({ clusterIPs, externalIPs, loadBalancerIPs, ports }) => {
    const vips = clusterIPs.length + externalIPs.length + loadBalancerIPs.length
    return ports.reduce((sum, port) => sum + vips + (port.nodePort === undefined ? 0 : clusterIPs.length), 0)
  },
  backends: ({ endpoints }) => endpoints.reduce((sum, group) => sum + group.ports.length * group.endpoints.length, 0),
  ranges: ({ sourceRanges }) => sourceRanges.length,
}
