// SPDX-License-Identifier: Apache-2.0
import type { StructValue } from '../../datapath/codec.ts'
import { enums } from '../../datapath/layout.gen.ts'

type FrontendField = keyof StructValue<'frontend'>
type Flag = keyof typeof enums.frontend_flags

/** What each field of a frontend but the flags decides. Every report reads this table, so a new field does not compile until it has a meaning. */
const ASPECT_OF = {
  check: 'check',
  internal_block: 'backends',
  internal_count: 'backends',
  slots: 'backends',
  external_block: 'external-backends',
  external_count: 'external-backends',
  source_ranges: 'source-ranges',
  service: 'service',
  affinity_seconds: 'session-affinity',
} as const satisfies Readonly<Record<Exclude<FrontendField, 'flags'>, string>>

/** What each flag decides. A new flag does not compile until it has a meaning either. */
const ASPECT_OF_FLAG = {
  FRONTEND_INTERNAL_DROP: 'drop',
  FRONTEND_EXTERNAL_DROP: 'external-drop',
  FRONTEND_EXTERNAL_LOCAL: 'external-policy',
  FRONTEND_LOOPBACK: 'loopback',
  FRONTEND_HOST_ALLOWED: 'host-source',
  FRONTEND_HOST_DENIED: 'host-source',
} as const satisfies Readonly<Record<Flag, string>>

export type Aspect =
  | (typeof ASPECT_OF)[keyof typeof ASPECT_OF]
  | (typeof ASPECT_OF_FLAG)[Flag]
  /** Bits that no build sets. */
  | 'unknown-flags'

interface Meaning {
  /** What a frontend has when the aspect differs: `has another session affinity`. */
  text: string
  /** The half of the spec that it comes from; a frontend of which only the `check` differs, or with unknown flags, is damaged. */
  part: 'exposure' | 'endpoints' | 'damage'
}

export const MEANINGS: Readonly<Record<Aspect, Meaning>> = {
  check: { text: 'a wrong check value', part: 'damage' },
  'unknown-flags': { text: 'flags that this build does not know', part: 'damage' },
  backends: { text: 'other backends', part: 'endpoints' },
  'external-backends': { text: 'other backends for clients elsewhere', part: 'endpoints' },
  // Without a backend a frontend drops when the policy is Local and endpoints are elsewhere, and refuses when there is none.
  drop: { text: 'another answer (drop or refuse) without a backend', part: 'endpoints' },
  'external-drop': {
    text: 'another answer (drop or refuse) for clients elsewhere without a backend',
    part: 'endpoints',
  },
  'source-ranges': { text: 'other source ranges', part: 'exposure' },
  'host-source': { text: 'another answer to processes of the node, by its source ranges', part: 'exposure' },
  service: { text: 'another Service', part: 'exposure' },
  'session-affinity': { text: 'another session affinity', part: 'exposure' },
  'external-policy': { text: 'another external traffic policy', part: 'exposure' },
  loopback: { text: 'another answer on loopback addresses', part: 'exposure' },
}

/** Aspects that follow from another one, and are told only without it. */
const FOLLOWS: readonly (readonly [Aspect, Aspect])[] = [
  ['drop', 'backends'],
  ['external-drop', 'external-backends'],
  ['host-source', 'source-ranges'],
]

const FIELDS = Object.keys(ASPECT_OF) as (keyof typeof ASPECT_OF)[]

/** The aspects in which two values of a frontend differ, each once; one that follows from another, and the check value, only alone. */
export function aspectsThatDiffer(old: StructValue<'frontend'>, now: StructValue<'frontend'>): Set<Aspect> {
  const fields = FIELDS.filter(field => !isSame(old[field], now[field])).map(field => ASPECT_OF[field])
  const aspects = new Set<Aspect>([...fields, ...flagsThatDiffer(old.flags, now.flags)])
  for (const [aspect, cause] of FOLLOWS) if (aspects.has(cause)) aspects.delete(aspect)
  if (aspects.size > 1) aspects.delete('check')
  return aspects
}

function flagsThatDiffer(old: number, now: number): Aspect[] {
  const flags = Object.entries(enums.frontend_flags) as [Flag, number][]
  const changed = old ^ now
  const known = flags.reduce((bits, [, bit]) => bits | bit, 0)
  const aspects: Aspect[] = flags.filter(([, bit]) => (changed & bit) !== 0).map(([flag]) => ASPECT_OF_FLAG[flag])
  return (changed & ~known) === 0 ? aspects : [...aspects, 'unknown-flags']
}

type FieldValue = StructValue<'frontend'>[keyof typeof ASPECT_OF]

function isSame(a: FieldValue, b: FieldValue): boolean {
  if (typeof a !== 'object' || typeof b !== 'object') return a === b
  return Buffer.compare(a.bytes, b.bytes) === 0
}
