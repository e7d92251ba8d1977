import type { Work } from '../apply/work.ts'
import { count } from '../base/count.ts'
import type { Paint } from '../base/paint.ts'
import { describeChanges } from '../diff/changes.ts'
import type { Names } from '../diff/print.ts'
import { reviewImages } from '../review/between-images.ts'
import { printReviewText } from '../review/print-text.ts'
import type { Review } from '../review/review.ts'

/** What work does, Service by Service; nothing where what the node has cannot be told. */
export function reviewWork({ observed, desired, changed }: Work, names: Names): Review {
  if (!observed) return { services: [], nodes: [] }
  return reviewImages(describeChanges(changed, observed, desired), observed, desired, names)
}

/** What work does, for people. */
export function printWork(work: Work, names: Names, paint: Paint, limit = Number.POSITIVE_INFINITY): string {
  if (!work.observed) return `${work.rebuild!.reason}: a new generation would be built\n${printAll(work)}`
  const remarks = [count(work.plan.steps.length, 'map write')]
  return printReviewText(reviewWork(work, names), { paint, limit, remarks }) + printBeyond(work)
}

/** What a new generation holds, where every frontend is new. */
export function printAll({ desired, plan }: Work): string {
  return `${count(desired.frontends.size, 'frontend')} · ${count(plan.steps.length, 'map write')}\n`
}

/** What is done beside map writes. */
export function printBeyond({ rebuild, leftovers, orphans }: Work): string {
  const build = rebuild === undefined ? [] : [`new maps and programs: ${rebuild.reason}`]
  const removed =
    rebuild === undefined && leftovers > 0 ? [`${count(leftovers, 'generation')} of an unfinished apply to remove`] : []
  const detached = orphans === 0 ? [] : [`${count(orphans, 'program')} without pins to detach`]
  return [...build, ...removed, ...detached].map(line => `${line}\n`).join('')
}
