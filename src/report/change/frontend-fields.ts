// SPDX-License-Identifier: Apache-2.0
import type { StructValue } from '../../datapath/codec.ts'

type FrontendField = keyof StructValue<'frontend'>

/** What each field of a frontend decides. Every report reads this table, so a new field does not compile until it has a meaning. */
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
  flags: 'traffic-policy',
} as const satisfies Readonly<Record<FrontendField, string>>

export type Aspect = (typeof ASPECT_OF)[FrontendField]

interface Meaning {
  /** What a frontend has when the aspect differs: `has another session affinity`. */
  text: string
  /** The half of the spec that it comes from; a frontend of which only the `check` differs is damaged. */
  part: 'exposure' | 'endpoints' | 'damage'
}

export const MEANINGS: Readonly<Record<Aspect, Meaning>> = {
  check: { text: 'a wrong check value', part: 'damage' },
  backends: { text: 'other backends', part: 'endpoints' },
  'external-backends': { text: 'other backends for clients elsewhere', part: 'endpoints' },
  'source-ranges': { text: 'other source ranges', part: 'exposure' },
  service: { text: 'another Service', part: 'exposure' },
  'session-affinity': { text: 'another session affinity', part: 'exposure' },
  'traffic-policy': { text: 'another traffic policy', part: 'exposure' },
}

const FIELDS = Object.keys(ASPECT_OF) as FrontendField[]

/** The aspects in which two values of a frontend differ, each once; the check value, which covers the others, only alone. */
export function aspectsThatDiffer(old: StructValue<'frontend'>, now: StructValue<'frontend'>): Set<Aspect> {
  const aspects = new Set(FIELDS.filter(field => !isSame(old[field], now[field])).map(field => ASPECT_OF[field]))
  if (aspects.size > 1) aspects.delete('check')
  return aspects
}

type FieldValue = StructValue<'frontend'>[FrontendField]

function isSame(a: FieldValue, b: FieldValue): boolean {
  if (typeof a !== 'object' || typeof b !== 'object') return a === b
  return Buffer.compare(a.bytes, b.bytes) === 0
}
