// SPDX-License-Identifier: Apache-2.0
import { isEmpty } from '../../node/changeset.ts'
import { formatNode, requireImage } from '../../node/compile-for.ts'
import { planFileOf } from '../../node/hold-to-plan.ts'
import { inspectNode } from '../../node/inspect-node.ts'
import { namesOf } from '../../node/names.ts'
import { planApply } from '../../node/plan-apply.ts'
import { diff } from '../../plan/diff.ts'
import { changesBetween } from '../../report/change/changes.ts'
import { reviewImages } from '../../report/review/between-images.ts'
import { only, type Part } from '../../report/review/only.ts'
import type { Review } from '../../report/review/review.ts'
import { revisionOf } from '../../spec/revision.ts'
import type { Spec } from '../../spec/spec.ts'
import { type DeviceOptions, devicesOf } from '../flag/devices.ts'
import { type PodOptions, podsOf } from '../flag/pods.ts'
import { historyOf, type StateOptions, type TargetOptions, targetOf } from '../flag/target.ts'
import { type XdpOptions, xdpChoiceOf } from '../flag/xdp.ts'
import { nameOf } from '../input/files.ts'
import { summaryOf, writePlan } from '../input/plan.ts'
import { chosenNode, type NodeChoice, readSpec } from '../input/spec-file.ts'
import { printChangeset, reviewChangeset } from '../output/changeset-text.ts'
import { differ, type Form } from '../output/differences.ts'
import { showEvent } from '../output/events.ts'
import { paintFor, STDOUT } from '../output/terminal.ts'

/** One side of a comparison. */
export interface Side {
  spec: Spec
  name: string
}

/** What a comparison on one node is told by flags. */
export interface NodeDiffOptions
  extends TargetOptions,
    StateOptions,
    NodeChoice,
    DeviceOptions,
    XdpOptions,
    PodOptions {
  output: Form
  only?: Part
  out?: string
}

/** Compares what two specs compile to for one node. */
export function betweenImages(old: Side, now: Side, options: NodeDiffOptions): void {
  const node = chosenNode(options)
  const [before, after] = [requireImage(old.spec, node), requireImage(now.spec, node)]
  const changes = changesBetween(before.image, after.image)
  const review = asked(reviewImages(changes, before.image, after.image, namesOf(before, after)), options)
  const mapWrites = diff(before.image, after.image).steps.length
  const sideOf = ({ name, spec }: Side) => ({
    name: `${name} on ${sideName(node)}`,
    revision: revisionOf(spec),
  })
  const sides = { old: sideOf(old), new: sideOf(now) }
  differ({ review, mapWrites }, sides, options)
}

/** Compares a spec with what this node has: what apply would change. */
export async function againstKernel(file: string, options: NodeDiffOptions): Promise<void> {
  const observed = await inspectNode(targetOf(options))
  const spec = await readSpec(file)
  const node = chosenNode(options)
  const { sockets = 'all' } = options
  const choice = { devices: devicesOf(options, 'facts'), xdp: xdpChoiceOf(options), pods: podsOf(options), sockets }
  const planned = await planApply(observed, historyOf(options), spec, node, choice, showEvent)
  const { changeset, names, revision } = planned
  const review = asked(reviewChangeset(changeset, names), options)
  if (options.out !== undefined) writePlan(options.out, planFileOf(observed, planned, spec, node, summaryOf(planned)))
  const mapWrites = changeset.plan.steps.length
  const old = { name: sideName(node), revision: observed.state.current?.revision?.spec }
  const sides = { old, new: { name: nameOf(file), revision } }
  const whole = options.only
    ? {}
    : { text: printChangeset(changeset, names, paintFor(STDOUT)), differs: !isEmpty(changeset) }
  differ({ review, mapWrites, ...whole }, sides, options)
}

/** `node-a1`, or `a host outside the cluster`. */
function sideName(node: string | null): string {
  return node ?? formatNode(null)
}

function asked(review: Review, { only: part }: NodeDiffOptions): Review {
  return part === undefined ? review : only(part, review)
}
