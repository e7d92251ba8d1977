// SPDX-License-Identifier: Apache-2.0
import { count } from '../base/count.ts'
import { type Diagnostic, error } from '../base/diagnostic.ts'
import { EXIT } from '../base/exit.ts'
import { Failure, failure } from '../base/failure.ts'
import { shortRevision } from '../base/short-revision.ts'
import { emptyImage } from '../datapath/image.ts'
import { decodeRevision } from '../datapath/revision.ts'
import {
  type Moved,
  movedKeys,
  otherWrites,
  type PlanFile,
  type PlannedWrite,
  writesBetween,
} from '../plan/plan-file.ts'
import { formatKey } from '../report/change/format-key.ts'
import { canonicalTextOf } from '../spec/canonical/text.ts'
import type { Spec } from '../spec/spec.ts'
import { isEmpty } from './changeset.ts'
import { formatNode } from './compile-for.ts'
import type { XdpPlan } from './edges/xdp-devices.ts'
import type { ObservedNode } from './inspect-node.ts'
import type { PlannedApply } from './plan-apply.ts'

/** A plan that an apply is held to. */
export interface GivenPlan {
  /** What messages call it: a path, or `<stdin>`. */
  name: string
  file: PlanFile
}

/** The plan of an apply, for a file. `summary` is what it does, as lines for a reader. */
export function planFileOf(
  node: ObservedNode,
  planned: PlannedApply,
  spec: Spec,
  forNode: string | null,
  summary: string[],
): PlanFile {
  const { devices } = planned.changeset.edges.edges
  return {
    node: forNode ?? undefined,
    programs: node.programs,
    base: baseOf(node),
    build: planned.changeset.rebuild?.reason,
    revision: planned.revision,
    edges: devices.flatMap(({ device, pod }) => (pod ? [] : [device])),
    pods: devices.flatMap(({ device, pod }) => (pod ? [device] : [])),
    sockets: planned.changeset.sockets === 'host' ? 'host' : undefined,
    xdp: askedXdp(planned.changeset.edges.xdp),
    summary,
    writes: writesOf(planned),
    spec: canonicalTextOf(spec),
  }
}

function askedXdp({ mode, isRequired }: XdpPlan): PlanFile['xdp'] {
  return isRequired ? 'native' : mode === 'off' ? 'off' : undefined
}

function baseOf({ state }: ObservedNode): PlanFile['base'] {
  const { spec: revision, programs } = state.current?.revision ?? {}
  return { revision, programs }
}

/** From what the node holds; from nothing where that cannot be read. */
function writesOf({ changeset: { observed, desired }, names }: PlannedApply): PlannedWrite[] {
  return writesBetween(observed ?? emptyImage(), desired, (map, key) => formatKey(map, key, names))
}

/** Refuses (exit 3) a plan that was made for another node. */
export function requirePlannedNode({ file }: GivenPlan, node: string | null): void {
  const planned = file.node ?? null
  if (planned === node) return
  const message = `the plan is for ${formatNode(planned)}, and this is ${formatNode(node)}`
  const hint = `on that node, give ${planned === null ? '--external' : `--node ${planned}`}`
  throw failure(EXIT.invalidInput, 'other-node', message, hint)
}

/**
 * Refuses (exit 7) a plan that would not do here what it says: it was made by another build, this build compiles the spec to
 * other entries, or keys changed since. Where the spec is applied already there is nothing to do, and nothing to refuse.
 */
export function requirePlanFits({ name, file }: GivenPlan, node: ObservedNode, planned: PlannedApply): void {
  if (isEmpty(planned.changeset)) return
  const reasons = staleness(file, node, planned)
  if (reasons.length === 0) return
  const hint = 'balancing diff -f SPEC --out PLAN makes another'
  const message = `${name} is stale: this node is not as it was when the plan was made`
  throw new Failure(EXIT.stalePlan, [error('stale-plan', message, { hint }), ...reasons])
}

const MOST_KEYS = 20

function staleness(plan: PlanFile, node: ObservedNode, planned: PlannedApply): Diagnostic[] {
  const present = writesOf(planned)
  const moved = some(movedKeys(plan.writes, present).map(formatMoved))
  const others = some(otherWrites(plan.writes, present).map(formatOther))
  return [
    ...otherStates(plan, node, planned).map(text => error('other-state', text)),
    ...moved.map(text => error('moved-key', text)),
    ...others.map(text => error('other-value', text)),
  ]
}

function otherStates(plan: PlanFile, node: ObservedNode, { changeset }: PlannedApply): string[] {
  const base = baseOf(node)
  const reason = changeset.rebuild?.reason
  return [
    plan.programs === node.programs
      ? ''
      : `made by a build with programs ${shortHash(plan.programs)}; this one has ${shortHash(node.programs)}`,
    plan.base.programs === base.programs
      ? ''
      : `the node had programs ${shortHash(plan.base.programs)}, and has ${shortHash(base.programs)}`,
    plan.build === reason ? '' : `${formatBuild(plan.build)} was planned, and ${formatBuild(reason)} is needed`,
  ].filter(Boolean)
}

function some(texts: readonly string[]): string[] {
  if (texts.length <= MOST_KEYS) return [...texts]
  return [...texts.slice(0, MOST_KEYS), `and ${count(texts.length - MOST_KEYS, 'key')} more`]
}

function formatBuild(reason: string | undefined): string {
  return reason === undefined ? 'an update' : `a new generation (${reason})`
}

function shortHash(hash: string | undefined): string {
  return hash === undefined ? 'none' : shortRevision(hash)
}

/** `shop/cart:http 10.96.7.21:80/TCP (map frontends) was changed since` */
function formatMoved({ map, about, was, now }: Moved): string {
  if (map === 'revision') return `the revision was ${formatRevision(was)}, and is ${formatRevision(now)}`
  const what = was === undefined ? 'added' : now === undefined ? 'removed' : 'changed'
  return `${about} (map ${map}) was ${what} since`
}

function formatOther({ map, about }: PlannedWrite): string {
  return `${about} (map ${map}) would not get the value of the plan: this build compiles the spec to another one`
}

function formatRevision(hex: string | undefined): string {
  return shortHash(hex && decodeRevision(Buffer.from(hex, 'hex').toString('latin1'))?.spec)
}
