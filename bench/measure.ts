// SPDX-License-Identifier: Apache-2.0
import { run } from './child.ts'
import { tool } from './scratch.ts'

/** What a command took. */
export interface Sample {
  /** Seconds. */
  wall: number
  /** Seconds of user and system time, of all its processes. */
  cpu: number
  /** Peak resident memory of its largest process. */
  peakMiB: number
  stdout: string
}

/** Runs a command that must end with `exits`, and measures it from fork to exit. */
export async function measure(program: string, args: readonly string[], exits = 0): Promise<Sample> {
  const { stdout, third } = await run(tool('measure'), [program, ...args], '', exits)
  const { wall, cpu, peakKiB } = JSON.parse(third) as { wall: number; cpu: number; peakKiB: number }
  return { wall, cpu, peakMiB: peakKiB / 1024, stdout }
}
