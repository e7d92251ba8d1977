// SPDX-License-Identifier: Apache-2.0
import { setTimeout as sleep } from 'node:timers/promises'
import { EXIT } from '../base/exit.ts'
import { Failure, failure } from '../base/failure.ts'
import { runOnce } from '../bpf/generation/build.ts'
import { type Generation, knownBy, readableMaps } from '../bpf/generation/generation.ts'
import { programsFor } from '../bpf/generation/programs.ts'
import { attach, choosesBackends, detach, detachOrphans } from '../bpf/hooks/attach.ts'
import { attachToDevices, restoreDevices, tcOf } from '../bpf/hooks/edges.ts'
import { devicePoints, removeOwnQdiscs } from '../bpf/hooks/own-qdisc.ts'
import { restoreXdp, xdpOf } from '../bpf/hooks/xdp.ts'
import { noRoomHint } from '../bpf/maps/no-room.ts'
import { type FailedStep, program, verify } from '../bpf/maps/write-steps.ts'
import type { Changeset, Rebuild } from './changeset.ts'
import { attachEdgeXdp } from './edges/attach-xdp.ts'
import { announceEdges, changeEdges, noteEdges, recallEdges } from './edges/change-edges.ts'
import type { EdgeChange } from './edges/edge-change.ts'
import type { EventSink } from './events.ts'
import type { LockedNode } from './lock-node.ts'
import { requireNowhereElse } from './require-ours.ts'
import { abandon, readBack, stageGeneration, whatFailed } from './stage-generation.ts'

/** Above this many steps it is cheaper to dump the maps than to look every key up. */
const MANY_STEPS = 2000

/** What an executed changeset has made. */
export interface Executed {
  /** The generation that serves now. */
  serving: Generation
  /** What became of the edges: some devices may not have taken XDP. */
  edges: EdgeChange
}

/**
 * Executes a changeset and reads back what it wrote. On failure it says whether the old state is intact (5) or mixed (6). Refuses
 * (exit 4) a device that does not take the XDP that is required; then nothing is changed.
 */
export async function execute(node: LockedNode, changeset: Changeset, events: EventSink): Promise<Executed> {
  const { rebuild } = changeset
  await requireTargetCgroup(node, changeset)
  const executed =
    rebuild === undefined ? await update(node, changeset, events) : await replace(node, changeset, rebuild, events)
  try {
    await retireOthers(node, executed.serving, rebuild?.state.lost.length ? PARTING_MS : 0)
    await finishHandover(node, executed.serving)
  } catch (error) {
    throw asMixed(error)
  }
  return executed
}

/** The new state serves by now, so whatever the node refuses leaves a mixture, not the old state. */
function asMixed(error: unknown): Failure {
  if (error instanceof Failure && error.exitCode === EXIT.applyFailedMixed) return error
  return failure(EXIT.applyFailedMixed, 'unfinished', whatFailed(error), 'run balancing apply again')
}

/** Refuses (exit 4) to attach or detach while programs of these pins are attached to another cgroup. An update in place touches no hook. */
export async function requireTargetCgroup({ bpf, state, target }: LockedNode, changeset: Changeset): Promise<void> {
  const { rebuild, unfinished, orphans } = changeset
  if (rebuild || unfinished > 0 || orphans > 0) await requireNowhereElse(bpf, state, target)
}

/**
 * Tells a generation that it serves alone, and which network namespace is the host's, and reads back that it knows. Every apply
 * ends with it.
 */
export async function finishHandover({ bpf }: LockedNode, { pins, maps }: Generation): Promise<void> {
  const failed = await runOnce(bpf, pins, 'finish_handover')
  const { inHandover } = await knownBy(bpf, maps)
  const reason = failed ?? (inHandover ? 'read-back mismatch: finish_handover has not run' : undefined)
  if (reason !== undefined)
    throw failure(EXIT.applyFailedMixed, 'handover-unfinished', reason, 'run balancing apply again')
}

async function update(
  node: LockedNode,
  { plan, desired, edges: planned }: Changeset,
  events: EventSink,
): Promise<Executed> {
  const current = node.state.current!
  const maps = readableMaps(current)!
  const total = plan.steps.length
  announceEdges(current, planned)
  const before = new Set(current.attached)
  const undoEdges = async () => {
    const stuck = await detach(node.bpf, current, attachment => !before.has(attachment)).catch(whatFailed)
    if (stuck !== undefined) throw failure(EXIT.applyFailedMixed, 'detach-failed', stuck, 'run balancing apply again')
    recallEdges(current, planned)
  }
  // First of all: a device that does not take it may be a reason to change nothing. XDP does no more than the records say.
  const edges = await attachEdgeXdp(node.bpf, current, planned, xdpOf(planned.missing), node.state, events)
  if (edges instanceof Failure) {
    await undoEdges()
    throw edges
  }
  events({ kind: 'writing', done: 0, total })
  const failed = await program(node.bpf, maps, plan.steps, done => events({ kind: 'writing', done, total }))
  if (failed) {
    if (failed.at?.done === 0) await undoEdges()
    throw writeFailure(failed, total)
  }
  const astray = await changeEdges(node.bpf, current, edges).catch(whatFailed)
  if (astray !== undefined) throw failure(EXIT.applyFailedMixed, 'attach-failed', astray, 'run balancing apply again')
  events({ kind: 'verifying' })
  const isSmall = total <= MANY_STEPS && plan.steps.every(step => step.op === 'update')
  const reading = isSmall ? verify(node.bpf, maps, plan.steps) : readBack(node, maps, desired)
  const wrong = await reading.catch(whatFailed)
  if (wrong !== undefined) throw failure(EXIT.applyFailedMixed, 'read-back', wrong, RUN_AGAIN)
  return { serving: current, edges }
}

/**
 * Stages a generation beside the current one and attaches it. Until its first program is attached nothing that serves has
 * been touched; a failure after that detaches it again.
 */
async function replace(node: LockedNode, changeset: Changeset, rebuild: Rebuild, events: EventSink): Promise<Executed> {
  const { bpf, target, state } = node
  const staged = await stageGeneration(node, changeset, rebuild, events)
  const programs = programsFor(changeset.desired)
  const attaching = async () => {
    const { wanted } = changeset.edges
    const failed =
      (await attach(bpf, staged, programs, target.cgroup, state.foreign)) ??
      (await attachToDevices(staged, tcOf(wanted)))
    if (failed !== undefined) return failed
    const edges = await attachEdgeXdp(bpf, staged, changeset.edges, xdpOf(wanted), state, events)
    if (!(edges instanceof Failure) && wanted.length > 0) noteEdges(staged, edges)
    return edges
  }
  const edges = await attaching().catch(whatFailed)
  if (!(edges instanceof Failure) && typeof edges !== 'string') return { serving: staged, edges }
  const returning = async () =>
    (await restoreXdp(bpf, staged, state.generations)) ??
    (await restoreDevices(staged, state.generations)) ??
    (await detach(bpf, staged)) ??
    (await removeOwnQdiscs(devicePoints(staged)))
  const stuck = await returning().catch(whatFailed)
  const reason = typeof edges === 'string' ? edges : edges.message
  if (stuck !== undefined)
    throw failure(EXIT.applyFailedMixed, 'attach-failed', `${reason}; ${stuck}`, 'run balancing apply again')
  const abandoned = abandon(staged.pins, { message: reason })
  throw typeof edges === 'string' ? abandoned : edges
}

/**
 * How long old programs that show the original destination outlive those that recorded it, where the new ones cannot read
 * that record: a system call under way ends as it began.
 */
const PARTING_MS = 1000

/** Detaches and unpins every generation but the one that serves. */
async function retireOthers({ bpf, state, target }: LockedNode, serving: Generation, parting: number): Promise<void> {
  const others = state.generations.filter(generation => generation !== serving)
  if (parting > 0) {
    for (const generation of others) requireDetached(await detach(bpf, generation, choosesBackends))
    await sleep(parting)
  }
  for (const generation of others) {
    requireDetached((await detach(bpf, generation)) ?? (await removeOwnQdiscs(devicePoints(generation))))
    generation.pins.remove()
  }
  requireDetached(await detachOrphans(bpf, state.orphans, target.cgroup))
}

function requireDetached(stuck: string | undefined): void {
  if (stuck !== undefined) throw failure(EXIT.applyFailedMixed, 'detach-failed', stuck, 'run balancing apply again')
}

const RUN_AGAIN = 'every frontend is wholly old or wholly new; run balancing apply again to finish'

function writeFailure({ at, message }: FailedStep, total: number): Failure {
  const help = noRoomHint(message)
  if (at?.done === 0) {
    const text = `the first write, to the map ${at.step.map}, failed: ${message}; nothing was changed`
    return failure(EXIT.applyFailedIntact, 'write-failed', text, help)
  }
  const where = at ? `write ${at.done + 1} of ${total}, to the map ${at.step.map}` : `somewhere in ${total} writes`
  const hint = help === undefined ? RUN_AGAIN : `${RUN_AGAIN}; before that, ${help}`
  return failure(EXIT.applyFailedMixed, 'write-failed', `${where}: ${message}`, hint)
}
