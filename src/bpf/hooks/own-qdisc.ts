// SPDX-License-Identifier: Apache-2.0
import type { Generation } from '../generation/generation.ts'
import type { AttachPoint } from './attachment.ts'
import { hasFilters, qdiscAt, removeClsact } from './tc.ts'

/** Where our filters stand among those of a device: behind those with a lower number. */
export const PREF = 49_152

/**
 * The number of a filter at its place says who made the qdisc that it hangs on, which the qdisc cannot say: it was there, or
 * the filter's apply made it. So whoever removes the last filter knows whether to remove the qdisc.
 */
const ON_SHARED_QDISC = 1
const ON_OWN_QDISC = 2

/** The number of our filters at a device. One that is there, of whichever generation, is to be replaced, so its number stays. */
export async function handleAt(device: string, generations: readonly Generation[]): Promise<number> {
  const handleIn = (attachments: readonly { point: AttachPoint }[]) =>
    attachments.flatMap(({ point }) => (point.kind === 'tc' && point.device === device ? [point.handle] : [])).at(-1)
  const attached = handleIn(generations.flatMap(g => g.attached))
  if (attached !== undefined) return attached
  if ((await qdiscAt(device)) === undefined) return ON_OWN_QDISC
  // A killed apply may have come no further than to the qdisc.
  const recorded = handleIn(generations.flatMap(g => g.manifest.attachments))
  return recorded === ON_OWN_QDISC && !(await hasFilters(device)) ? ON_OWN_QDISC : ON_SHARED_QDISC
}

/** Removes the qdiscs that were made for filters at these hooks and that have no filter any more. Returns what went wrong, if anything. */
export async function removeOwnQdiscs(points: readonly AttachPoint[]): Promise<string | undefined> {
  const own = points.flatMap(point => (point.kind === 'tc' && point.handle === ON_OWN_QDISC ? [point.device] : []))
  for (const device of new Set(own)) {
    if ((await hasFilters(device)) !== false || (await qdiscAt(device)) !== 'clsact') continue
    const error = await removeClsact(device)
    if (error !== undefined) return `the qdisc clsact of ${device} cannot be removed: ${error}`
  }
  return undefined
}

/** The hooks of devices that a generation has, or had. */
export function devicePoints({ attached, manifest }: Generation): AttachPoint[] {
  return [...manifest.attachments, ...attached].map(({ point }) => point)
}
