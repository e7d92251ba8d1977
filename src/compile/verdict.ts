// SPDX-License-Identifier: Apache-2.0
import type { TrafficPolicy } from '../spec/spec.ts'
import type { Categories } from './categorise.ts'
import type { Verdict } from './frontend.ts'

/** Semantics 1.5: without any endpoint a connection is rejected; with endpoints, but none here, it is dropped. */
export function verdict(categories: Categories, policy: TrafficPolicy): Verdict {
  const backends = policy === 'Local' ? categories.local : categories.cluster
  if (backends.length > 0) return { action: 'forward', backends }
  return { action: categories.hasAny ? 'drop' : 'reject', backends }
}
