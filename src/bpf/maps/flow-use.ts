// SPDX-License-Identifier: Apache-2.0
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { uptime } from 'node:os'
import { encodeU32 } from '../../datapath/codec.ts'
import { evictedOf, type FlowCounts, type FlowTally, sumFlowCounts, tallyFlows } from '../../datapath/flow-list.ts'
import type { Bpf } from '../bpftool/bpf.ts'
import { lookupLine } from '../bpftool/bpftool.ts'
import type { Generation } from '../generation/generation.ts'
import { FLOW_LIST, listObject } from '../generation/programs.ts'
import type { LiveMap } from './live.ts'
import { perCpuValues } from './per-cpu.ts'

/** What the records of flows are used for, of all edges together. */
export interface FlowUse extends FlowTally {
  maxRecords: number
  /** Records that the kernel evicted to make room for others, since `since`; null when the counts cannot be read. */
  evicted: number | null
  /** When there was no record; null when the counts cannot be read. */
  since: string | null
}

/** Whether a generation is to have a list of flows: it has edges, and its build knows of lists. */
export function mayListFlows({ manifest }: Pick<Generation, 'manifest'>): boolean {
  return manifest.pins.has(`lists/${FLOW_LIST}`)
}

/** Loads and pins the list of flows of a generation, unless it is there. Returns what went wrong, if anything. `object` is that of the programs. */
export async function pinFlowList(bpf: Bpf, { pins, maps }: Generation, object: string): Promise<string | undefined> {
  const pin = pins.list(FLOW_LIST)
  const flows = maps.get('flows')
  if (existsSync(pin)) return undefined
  if (!flows) return 'the map flows is gone'
  const { error } = await bpf.run('iter', 'pin', listObject(object, FLOW_LIST), pin, 'map', ...flows.ref.split(' '))
  return error
}

/** Counts the records of a generation with edges; or says why it cannot. Reads only. */
export async function readFlowUse(bpf: Bpf, generation: Generation): Promise<FlowUse | string> {
  const { pins, maps } = generation
  const flows = maps.get('flows')
  if (!flows) return 'the map flows is gone'
  if (!mayListFlows(generation)) return 'the build whose programs serve does not list flows'
  const pin = pins.list(FLOW_LIST)
  if (!existsSync(pin)) return `there is no list of flows at ${pin}; apply makes it, or says why it cannot`
  // The counts come first: evictedOf() says why.
  const counts = await readFlowCounts(bpf, maps.get('flow_counts'))
  try {
    const tally = tallyFlows(await readFile(pin))
    const evictions = counts ? { evicted: evictedOf(counts, tally), since: sinceBoot(counts.begun) } : NO_COUNTS
    return { ...tally, maxRecords: flows.maxEntries, ...evictions }
  } catch (error) {
    return `the list of flows cannot be read: ${(error as Error).message}`
  }
}

const NO_COUNTS = { evicted: null, since: null }

async function readFlowCounts(bpf: Bpf, map: LiveMap | undefined): Promise<FlowCounts | undefined> {
  if (!map) return undefined
  const [answer] = await bpf.show([lookupLine({ map: map.ref, key: encodeU32(0) })])
  return sumFlowCounts(perCpuValues(answer) ?? [])
}

/** The time, to the second, of what was so many milliseconds after boot. */
function sinceBoot(milliseconds: number): string {
  const boot = Date.now() - uptime() * 1000
  return `${new Date(boot + milliseconds).toISOString().slice(0, -5)}Z`
}
