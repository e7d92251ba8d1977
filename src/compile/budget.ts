// SPDX-License-Identifier: Apache-2.0
import { thousands } from '../base/count.ts'
import { serviceKey } from '../spec/name.ts'
import type { Service, Spec } from '../spec/spec.ts'
import { ENTRY_BYTES, frontendsOf, kernelMemoryOf } from './kernel-memory.ts'

/** How much a spec compiles to, at most, counted without compiling it. */
interface Cost {
  /** An address, port and protocol each. */
  frontends: number
  /** Of each service port, its endpoints. */
  backends: number
  /** CIDRs that clients are held to. */
  ranges: number
  /** Bytes of kernel memory. */
  memory: number
}

/**
 * What a node takes without being told to. A cluster of 10,000 Services and 100,000 endpoints has a tenth of it. At the limit of
 * backends, compiling takes 1.4 s of CPU and 357 MB. Time has no budget of its own: compiling, writing and reading back take a time
 * that grows with the entries, and the machine decides by which factor.
 */
export const BUDGET: Readonly<Cost> = {
  frontends: 1_000_000,
  backends: 2_000_000,
  ranges: 1_000_000,
  memory: 512 * 2 ** 20,
}

/** Of any node of the cluster. */
export function costOf({ services, nodes }: Spec): Cost {
  const nodeAddresses = nodes.reduce((sum, { addresses }) => sum + addresses.length, 0)
  const cost = { frontends: 0, backends: 0, ranges: 0, memory: nodeAddresses * ENTRY_BYTES.addresses }
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
  const [service, share] = [serviceKey(worst), COST_OF[cost](worst)]
  return { cost, message: MESSAGES[cost](total[cost], share, service, BUDGET[cost]), service }
}

type Message = (total: number, share: number, service: string, budget: number) => string

const entries =
  (name: string): Message =>
  (total, share, service, budget) =>
    `the spec has ${thousands(total)} ${name}, ${thousands(share)} of them of ${service}; the budget of a node is ${thousands(budget)}`

const MESSAGES: Record<keyof Cost, Message> = {
  frontends: entries('frontends'),
  backends: entries('backends (service ports × their endpoints)'),
  ranges: entries('source ranges'),
  memory: (total, share, service, budget) =>
    `the spec takes up to ${mebibytes(total)} MiB of kernel memory, ${mebibytes(share)} of them for ${service}; the budget of a node is ${mebibytes(budget)}`,
}

function mebibytes(bytes: number): string {
  return thousands(Math.ceil(bytes / 2 ** 20))
}

const COSTS = ['frontends', 'backends', 'ranges', 'memory'] as const

const COST_OF: Record<keyof Cost, (service: Service) => number> = {
  frontends: frontendsOf,
  backends: ({ endpoints }) => endpoints.reduce((sum, group) => sum + group.ports.length * group.endpoints.length, 0),
  ranges: ({ sourceRanges }) => sourceRanges.length,
  memory: kernelMemoryOf,
}
