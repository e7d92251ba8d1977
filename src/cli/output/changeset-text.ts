// SPDX-License-Identifier: Apache-2.0
import { count } from '../../base/count.ts'
import type { Paint } from '../../base/paint.ts'
import type { Changeset } from '../../node/changeset.ts'
import { describeChanges } from '../../report/change/changes.ts'
import { countFrontends, type Names } from '../../report/change/print.ts'
import { reviewImages } from '../../report/review/between-images.ts'
import { reviewEdges } from '../../report/review/edges.ts'
import { edgeLines, printReviewText } from '../../report/review/print/text.ts'
import type { Review } from '../../report/review/review.ts'

/** What a changeset does, edge by edge and Service by Service; of Services nothing when the maps of the node cannot be read. */
export function reviewChangeset({ observed, desired, changed, edges: plan }: Changeset, names: Names): Review {
  const edges = reviewEdges(plan, observed)
  const review: Review = observed
    ? reviewImages(describeChanges(changed, observed, desired), observed, desired, names)
    : { services: [], nodes: [] }
  return edges.length === 0 ? review : { ...review, edges }
}

/** What a changeset does, for a reader. */
export function printChangeset(
  changeset: Changeset,
  names: Names,
  paint: Paint,
  limit = Number.POSITIVE_INFINITY,
): string {
  if (!changeset.observed) {
    const head = `${changeset.rebuild!.reason}: a new generation would be built\n`
    return head + printEdges(changeset, paint) + printAll(changeset)
  }
  const remarks = [count(changeset.plan.steps.length, 'map write')]
  return printReviewText(reviewChangeset(changeset, names), { paint, limit, remarks }) + printBeyond(changeset)
}

/** What a changeset does with edges, a line each. */
export function printEdges({ edges, observed }: Changeset, paint: Paint): string {
  return edgeLines(reviewEdges(edges, observed), paint)
    .map(line => `${line}\n`)
    .join('')
}

/** What a new generation holds; every frontend is new. */
export function printAll({ desired, plan }: Changeset): string {
  return `${count(countFrontends(desired.frontends.keys()), 'frontend')} · ${count(plan.steps.length, 'map write')}\n`
}

/** What a changeset does beside map writes. */
export function printBeyond({ rebuild, unfinished, orphans }: Changeset): string {
  const build = rebuild === undefined ? [] : [`new maps and programs: ${rebuild.reason}`]
  const removed =
    rebuild === undefined && unfinished > 0
      ? [`${count(unfinished, 'generation')} of an unfinished apply to remove`]
      : []
  const detached = orphans === 0 ? [] : [`${count(orphans, 'program')} without pins to detach`]
  return [...build, ...removed, ...detached].map(line => `${line}\n`).join('')
}
