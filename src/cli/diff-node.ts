import { isDone } from '../node/changeset.ts'
import { compileFor, formatNode } from '../node/compile-for.ts'
import { planFileOf } from '../node/hold-to-plan.ts'
import { inspectNode } from '../node/inspect-node.ts'
import { namesOf } from '../node/names.ts'
import { planApply } from '../node/plan-apply.ts'
import { diff } from '../plan/diff.ts'
import { changesBetween } from '../report/change/changes.ts'
import { reviewImages } from '../report/review/between-images.ts'
import { only } from '../report/review/only.ts'
import type { Review } from '../report/review/review.ts'
import { revisionOf } from '../spec/revision.ts'
import type { DiffOptions, Side } from './command/diff.ts'
import { historyOf, targetOf } from './flag/target.ts'
import { nameOf } from './input/files.ts'
import { summaryOf, writePlan } from './input/plan.ts'
import { chosenNode, readSpec } from './input/spec-file.ts'
import { printChangeset, reviewChangeset } from './output/changeset-text.ts'
import { differ } from './output/differences.ts'
import { showEvent } from './output/events.ts'
import { paintFor, STDOUT } from './output/terminal.ts'

/** What one node would do otherwise with another spec. */
export function betweenImages(old: Side, now: Side, options: DiffOptions): void {
  const node = chosenNode(options)
  const [before, after] = [compileFor(old.spec, node), compileFor(now.spec, node)]
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

/** What apply would change on this node. */
export async function againstKernel(file: string, options: DiffOptions): Promise<void> {
  const observed = await inspectNode(targetOf(options))
  const spec = await readSpec(file)
  const node = chosenNode(options)
  const planned = await planApply(observed, historyOf(options), spec, node, showEvent)
  const { changeset, names, revision } = planned
  const review = asked(reviewChangeset(changeset, names), options)
  if (options.out !== undefined) writePlan(options.out, planFileOf(observed, planned, spec, node, summaryOf(planned)))
  const mapWrites = changeset.plan.steps.length
  const old = { name: sideName(node), revision: observed.state.current?.revision?.spec }
  const sides = { old, new: { name: nameOf(file), revision } }
  const whole = options.only
    ? {}
    : { text: printChangeset(changeset, names, paintFor(STDOUT)), differs: !isDone(changeset) }
  differ({ review, mapWrites, ...whole }, sides, options)
}

/** `node-a1`, or `a host outside the cluster`. */
function sideName(node: string | null): string {
  return node ?? formatNode(null)
}

function asked(review: Review, { only: part }: DiffOptions): Review {
  return part === undefined ? review : only(part, review)
}
