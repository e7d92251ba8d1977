// SPDX-License-Identifier: Apache-2.0
import { count } from '../../base/count.ts'
import type { Paint } from '../../base/paint.ts'
import type { Changeset } from '../../node/changeset.ts'
import { describeChanges } from '../../report/change/changes.ts'
import { countFrontends, type Names } from '../../report/change/print.ts'
import { reviewImages } from '../../report/review/between-images.ts'
import { printReviewText } from '../../report/review/print/text.ts'
import type { Review } from '../../report/review/review.ts'

/** What a changeset does, Service by Service; empty when the maps of the node cannot be read. */
export function reviewChangeset({ observed, desired, changed }: Changeset, names: Names): Review {
  if (!observed) return { services: [], nodes: [] }
  return reviewImages(describeChanges(changed, observed, desired), observed, desired, names)
}

/** What a changeset does, for a reader. */
export function printChangeset(
  changeset: Changeset,
  names: Names,
  paint: Paint,
  limit = Number.POSITIVE_INFINITY,
): string {
  if (!changeset.observed)
    return `${changeset.rebuild!.reason}: a new generation would be built\n${printAll(changeset)}`
  const remarks = [count(changeset.plan.steps.length, 'map write')]
  return printReviewText(reviewChangeset(changeset, names), { paint, limit, remarks }) + printBeyond(changeset)
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
