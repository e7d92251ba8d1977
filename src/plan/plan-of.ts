// SPDX-License-Identifier: Apache-2.0
import type { Delta } from '../datapath/delta.ts'
import type { ConfigMap } from '../datapath/image.ts'
import { isNodePort, leavesNode } from './node-ports.ts'
import type { Plan } from './plan.ts'
import { PlanWriter } from './plan-writer.ts'

/** Maps that a frontend's value leads to. */
const REFERENCED = ['pages', 'members', 'source_ranges'] as const satisfies ConfigMap[]

const FILTERS = ['address_filter', 'port_filter'] as const satisfies ConfigMap[]

/**
 * The plan of a delta. What readers may find is written before what leads there, and removed after it: blocks and
 * sets, filter bits, devices, frontends, addresses; then the same backwards; epoch and revision last, so that they never
 * claim what is not in place. Frontends flip by one update each.
 *
 * The epoch is zero while frontends change: a flow that a packet makes meanwhile is asked anew once the epoch is written. If it
 * kept its old value, a plan that failed half-way and one back to the old image would leave flows with backends that only
 * the abandoned image had, and nothing would tell them from flows of the old one.
 *
 * Two entries decide on a connection to a node port: the frontend, which is the same for all nodes, and the address. A
 * node port must not answer, between two steps, on an address on which it answers neither before nor after. So addresses
 * leave their node before node ports change, node ports are removed before others are added, and addresses join a node last.
 *
 * Within a map steps go by key, so equal deltas give equal plans.
 */
export function planOf({ changes, sizes }: Delta): Plan {
  const plan = new PlanWriter(sizes)
  const [nodePorts, vips] = partition(changes.frontends, isNodePort)
  const [leaving, others] = partition(changes.addresses, leavesNode)
  for (const map of REFERENCED) plan.update(map, changes[map])
  for (const map of FILTERS) plan.widenFilter(map, changes[map])
  plan.update('devices', changes.devices)
  const epoch = plan.clear('epoch', changes.epoch)
  plan.update('frontends', vips)
  plan.update('addresses', leaving)
  plan.remove('addresses', leaving)
  plan.remove('frontends', nodePorts)
  plan.update('frontends', nodePorts)
  plan.update('addresses', others)
  plan.remove('addresses', others)
  plan.remove('frontends', vips)
  plan.remove('devices', changes.devices)
  for (const map of REFERENCED) plan.remove(map, changes[map])
  for (const map of FILTERS) plan.narrowFilter(map, changes[map])
  plan.update('epoch', epoch)
  plan.update('revision', changes.revision)
  plan.remove('revision', changes.revision)
  return { steps: plan.steps, peak: plan.peak }
}

function partition<T>(items: readonly T[], test: (item: T) => boolean): [T[], T[]] {
  const [yes, no]: [T[], T[]] = [[], []]
  for (const item of items) (test(item) ? yes : no).push(item)
  return [yes, no]
}
