import { maps } from '../image/layout.gen.ts'
import { batchText, hexBytes } from '../plan/batch.ts'
import type { Step } from '../plan/plan.ts'
import type { Bpftool } from './bpftool.ts'
import { idsOf, type LiveMaps } from './show.ts'

/** A step that failed, or that reads back otherwise than written. Steps before it took effect. */
export interface FailedStep {
  step: Step
  /** How many steps took effect before. */
  done: number
  message: string
}

/** Programs the steps in order into the maps of a generation. */
export async function program(
  bpftool: Bpftool,
  live: LiveMaps,
  steps: readonly Step[],
): Promise<FailedStep | undefined> {
  const failed = await bpftool.write(batchText(steps, idsOf(live)))
  return failed && { step: steps[failed.line]!, done: failed.line, message: failed.message }
}

/** Reads each written key back by itself: for plans much smaller than the maps. */
export async function verify(
  bpftool: Bpftool,
  live: LiveMaps,
  steps: readonly Step[],
): Promise<FailedStep | undefined> {
  const last = new Map(steps.map(step => [step.map + step.key, step]))
  const written = [...last.values()].filter(step => step.op === 'update')
  const answers = await bpftool.ask(
    written.map(({ map, key }) => `map lookup id ${live[map].id} key hex ${hexBytes(key)}`),
  )
  for (const [i, step] of written.entries()) {
    const value = (answers[i] as { value?: unknown } | undefined)?.value
    if (value === undefined) return { step, done: steps.length, message: 'it cannot be read back' }
    if (bytesOf(value, maps[step.map].valueSize) !== step.value) {
      return { step, done: steps.length, message: 'it reads back otherwise than written' }
    }
  }
  return undefined
}

/** bpftool's `["0x0a", …]` as bytes. */
function bytesOf(value: unknown, size: number): string | undefined {
  if (!Array.isArray(value) || value.length !== size) return undefined
  return String.fromCharCode(...value.map(Number))
}
