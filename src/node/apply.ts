// SPDX-License-Identifier: Apache-2.0
import { EXIT } from '../base/exit.ts'
import { Failure } from '../base/failure.ts'
import type { Generation } from '../bpf/generation/generation.ts'
import { programsFor } from '../bpf/generation/programs.ts'
import type { SocketScope } from '../bpf/generation/socket-scope.ts'
import { requireRoomAtDevices } from '../bpf/hooks/device-room.ts'
import { requireRoom } from '../bpf/hooks/foreign-programs.ts'
import { mayListFlows, pinFlowList } from '../bpf/maps/flow-use.ts'
import { staleIn } from '../compile/stale.ts'
import { clusterIdentity } from '../spec/cluster-identity.ts'
import type { Spec } from '../spec/spec.ts'
import { isEmpty } from './changeset.ts'
import { type DestroyedSockets, destroyStaleSockets } from './destroy-stale-sockets.ts'
import { dryRun, type Tried } from './dry-run.ts'
import type { DeviceChoice, PodChoice } from './edges/resolve-edges.ts'
import type { XdpChoice } from './edges/xdp-devices.ts'
import type { EventSink } from './events.ts'
import { type Executed, execute, finishHandover } from './execute.ts'
import { requireBudget, requireGuards, type Waiver } from './guards/guards.ts'
import type { Facts, History } from './history/history.ts'
import { type MembershipAge, membershipAge } from './history/memberships.ts'
import { entriesOf, type Kept, keep, tryKeeping } from './history/record.ts'
import { type GivenPlan, requirePlanFits, requirePlannedNode } from './hold-to-plan.ts'
import type { LockedNode } from './lock-node.ts'
import { noticesOn } from './notices.ts'
import { type PlannedApply, planApply } from './plan-apply.ts'

/** What to apply, and how. */
export interface ApplyRequest {
  spec: Spec
  /** The node that the spec is compiled for; null for a host outside the cluster. */
  node: string | null
  /** A plan that the apply must not deviate from. Its spec is `spec`. */
  plan?: GivenPlan
  /** Goes into the history: who asks, and the version of the build. */
  by: 'apply' | 'rollback' | 'agent'
  build: string
  /** Which devices are to be edges, and which of these get XDP. */
  devices: DeviceChoice
  xdp: XdpChoice
  /** Which devices are those of pods, and whose sockets are translated; `present`: as the current generation has it. */
  pods: PodChoice
  sockets: SocketScope | 'present'
  /** See EdgeChoice. */
  isLenient?: true
  waived: ReadonlySet<Waiver>
  /** Try what can be undone, and change nothing. */
  dryRun: boolean
}

export type ApplyResult = PlannedApply & { membership: MembershipAge; by: ApplyRequest['by'] } & (
    | { outcome: 'dry run'; tried: Tried }
    /** `unchanged`: the node already held the spec; stale sockets were destroyed all the same. */
    | { outcome: 'applied' | 'unchanged'; sockets: DestroyedSockets }
  )

/**
 * Makes a node do what a spec says. Refuses (exit 3, 4, 7) before anything is changed; a failure afterwards says whether the
 * old state is intact (5) or mixed (6). When it returns, all that was written was read back and is equal. The lock is released
 * before stale sockets are destroyed.
 */
export async function apply(
  node: LockedNode,
  history: History,
  request: ApplyRequest,
  events: EventSink,
): Promise<ApplyResult> {
  const { spec, plan } = request
  if (plan) requirePlannedNode(plan, request.node)
  requireBudget(spec, request.waived)
  const planned = await planApply(node, history, spec, request.node, request, events)
  if (plan) requirePlanFits(plan, node, planned)
  // Where nothing serves, as after a reboot, serving matters more than recording.
  const mayForget = request.waived.has('no-history') || node.state.current === undefined
  const entries = entriesOf(history, mayForget)
  requireGuards({ node, ...planned, spec, entries }, request.waived)
  const { edges } = planned.changeset
  if (planned.changeset.rebuild) requireRoom(node.state, programsFor(planned.changeset.desired))
  await requireRoomAtDevices(node.state, planned.changeset.rebuild ? edges.wanted : edges.missing)
  const membership = membershipAge(entries.at(-1)?.memberships ?? [], spec)
  for (const notice of await noticesOn(node, planned)) events({ kind: 'notice', ...notice })
  const result = { ...planned, membership, by: request.by }
  const facts = factsOf(node, request)
  if (request.dryRun) {
    tryKeeping(history, spec, facts, mayForget, events)
    return { ...result, outcome: 'dry run', tried: await dryRun(node, planned.changeset, events) }
  }
  const kept = keep(history, spec, facts, mayForget, events)
  const { serving, edges: changed } = await bringAbout(node, planned, kept, events)
  kept.commit()
  await listFlows(node, serving, events)
  events({ kind: 'destroying sockets' })
  const sockets = await destroyStaleSockets(node, serving, staleIn(spec))
  const changeset = { ...planned.changeset, edges: changed }
  return { ...result, changeset, outcome: isEmpty(planned.changeset) ? 'unchanged' : 'applied', sockets }
}

/** Makes the list that status counts flows by, where there are edges. The node serves without it. */
async function listFlows({ bpf, target }: LockedNode, serving: Generation, events: EventSink): Promise<void> {
  if (!mayListFlows(serving)) return
  const failed = await pinFlowList(bpf, serving, target.object)
  if (failed === undefined) return
  const message = `status cannot tell how many flows there are: their list cannot be loaded: ${failed}`
  events({ kind: 'notice', severity: 'note', code: 'no-flow-list', message })
}

/** What the history says of the spec. */
function factsOf(
  { programs }: LockedNode,
  { spec, node, by, build }: ApplyRequest,
): Omit<Facts, 'time' | 'memberships'> {
  return { by, node, build, programs, cluster: clusterIdentity(spec) }
}

/** Executes the changeset, if there is anything in it. */
async function bringAbout(
  node: LockedNode,
  { changeset }: PlannedApply,
  kept: Kept,
  events: EventSink,
): Promise<Executed> {
  if (isEmpty(changeset)) {
    await finishHandover(node, node.state.current!)
    return { serving: node.state.current!, edges: changeset.edges }
  }
  try {
    return await execute(node, changeset, events)
  } catch (error) {
    // A mixture stays recorded, as an unfinished apply: rollback then returns to what was applied before it.
    if (error instanceof Failure && error.exitCode !== EXIT.applyFailedMixed) kept.discard()
    throw error
  }
}
