// SPDX-License-Identifier: Apache-2.0
import { batchText } from '../../plan/batch.ts'
import type { Step } from '../../plan/plan.ts'
import type { Bpf } from '../bpftool/bpf.ts'
import { type LiveMaps, refsOf } from './live.ts'

/** Why programming stopped. */
export interface FailedStep {
  /** The step that failed, and how many before it took effect; absent when bpftool died: then it is unknown. */
  at?: { step: Step; done: number }
  message: string
}

/** Programs the steps in order into the maps of a generation. */
export async function program(
  bpf: Bpf,
  live: LiveMaps,
  steps: readonly Step[],
  onProgress?: (started: number) => void,
): Promise<FailedStep | undefined> {
  const failed = await bpf.write(batchText(steps, refsOf(live)), onProgress)
  if (!failed) return undefined
  const { line, message } = failed
  return line === undefined ? { message } : { at: { step: steps[line]!, done: line }, message }
}

/** Reads each written key back by itself: for plans of updates only, much smaller than the maps. What differs, if any. */
export async function verify(bpf: Bpf, live: LiveMaps, steps: readonly Step[]): Promise<string | undefined> {
  const last = [...new Map(steps.map(step => [step.map + step.key, step])).values()]
  const values = await bpf.lookup(last.map(({ map, key }) => ({ map: live[map].ref, key })))
  for (const [i, { map, value }] of last.entries()) {
    if (values[i] !== value) return `read-back mismatch: the map ${map} does not hold what was written`
  }
  return undefined
}
