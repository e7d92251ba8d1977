// SPDX-License-Identifier: Apache-2.0
import { encodeU32, LITTLE } from '../../datapath/codec.ts'
import { enums } from '../../datapath/layout.gen.ts'
import type { Bpf } from '../bpftool/bpf.ts'
import { lookupLine } from '../bpftool/bpftool.ts'
import type { LiveMap } from './live.ts'
import { perCpuValues } from './per-cpu.ts'

/** How often packets met a rare case at the edges since their generation was made, on all processors together. */
export interface EdgeCounts {
  /** Answered with port unreachable. */
  refused: number
  /** To be answered so, but over the limit. */
  unanswered: number
  /** Dropped, because a policy or source ranges forbid them. */
  dropped: number
  /** Of UDP, sent to another backend than those before. */
  moved: number
  /** Of a client that got another source port, because it has two flows with one backend. */
  otherPort: number
  /** Dropped, because all ports that were tried are taken. */
  portsExhausted: number
  /** Of a flow in use that had lost a record, and got it back. */
  restored: number
}

const { edge_count: COUNTS } = enums
const NUMBERS: readonly [keyof EdgeCounts, number][] = [
  ['refused', COUNTS.COUNT_REFUSED],
  ['unanswered', COUNTS.COUNT_UNANSWERED],
  ['dropped', COUNTS.COUNT_DROPPED],
  ['moved', COUNTS.COUNT_MOVED],
  ['otherPort', COUNTS.COUNT_COLLISIONS],
  ['portsExhausted', COUNTS.COUNT_PORTS_EXHAUSTED],
  ['restored', COUNTS.COUNT_RESTORED],
]

/** Reads the counts, by one process; undefined when one cannot be read. */
export async function readEdgeCounts(bpf: Bpf, { ref }: LiveMap): Promise<EdgeCounts | undefined> {
  const answers = await bpf.show(NUMBERS.map(([, number]) => lookupLine({ map: ref, key: encodeU32(number) })))
  const sums = answers.map(sumOf)
  if (sums.includes(undefined)) return undefined
  return Object.fromEntries(NUMBERS.map(([name], i) => [name, sums[i]])) as unknown as EdgeCounts
}

/** The sum of what `map lookup` says of each processor. */
function sumOf(answer: unknown): number | undefined {
  return perCpuValues(answer)?.reduce((sum, value) => sum + numberIn(value), 0)
}

function numberIn(value: string): number {
  const bytes = Buffer.from(value, 'latin1')
  return Number(LITTLE ? bytes.readBigUInt64LE() : bytes.readBigUInt64BE())
}
