import type { NodeImage } from '../compile/compile.ts'
import { isDone, planChangeset } from '../node/changeset.ts'
import { namesOf, withSaved } from '../node/names.ts'
import { openNode } from '../node/open-node.ts'
import { diff } from '../plan/diff.ts'
import { changesBetween } from '../report/change/changes.ts'
import { reviewImages } from '../report/review/between-images.ts'
import { only } from '../report/review/only.ts'
import type { Review } from '../report/review/review.ts'
import { revisionOf } from '../spec/revision.ts'
import type { DiffOptions, Side } from './command/diff.ts'
import { historyOf, targetOf } from './flag/target.ts'
import { nameOf } from './input/files.ts'
import { writePlan } from './input/plan.ts'
import { compileFor, readSpec } from './input/spec-file.ts'
import { printChangeset, reviewChangeset } from './output/changeset-text.ts'
import { differ } from './output/differences.ts'
import { paintFor, STDOUT } from './output/terminal.ts'

/** What one node would do otherwise with another spec. */
export function betweenImages(old: Side, now: Side, options: DiffOptions): void {
  const [before, after] = [compileFor(old.spec, options), compileFor(now.spec, options)]
  const changes = changesBetween(before.image, after.image)
  const review = asked(reviewImages(changes, before.image, after.image, namesOf(before, after)), options)
  const mapWrites = diff(before.image, after.image).steps.length
  const sideOf = ({ name, spec }: Side) => ({
    name: `${name} on ${placeName(before)}`,
    revision: revisionOf(spec),
  })
  const sides = { old: sideOf(old), new: sideOf(now) }
  differ({ review, mapWrites }, sides, options)
}

/** What apply would change on this node. */
export async function againstKernel(file: string, options: DiffOptions): Promise<void> {
  const opened = await openNode(targetOf(options))
  const spec = await readSpec(file)
  const compiled = compileFor(spec, options)
  const revision = revisionOf(spec)
  const changeset = await planChangeset(opened, compiled.image, revision)
  const names = withSaved(namesOf(compiled), historyOf(options))
  const review = asked(reviewChangeset(changeset, names), options)
  if (options.out !== undefined) writePlan(options.out, opened, changeset, spec, options, names)
  const mapWrites = changeset.plan.steps.length
  const old = { name: placeName(compiled), revision: opened.state.current?.revision?.spec }
  const sides = { old, new: { name: nameOf(file), revision } }
  const whole = options.only
    ? {}
    : { text: printChangeset(changeset, names, paintFor(STDOUT)), differs: !isDone(changeset) }
  differ({ review, mapWrites, ...whole }, sides, options)
}

function placeName({ viewpoint }: NodeImage): string {
  return viewpoint.kind === 'external' ? 'a host outside the cluster' : viewpoint.node.name
}

function asked(review: Review, { only: part }: DiffOptions): Review {
  return part === undefined ? review : only(part, review)
}
