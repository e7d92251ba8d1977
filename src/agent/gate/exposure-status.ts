// SPDX-License-Identifier: Apache-2.0
import type { Risk } from '../../report/review/review.ts'
import type { GateScope } from './gate.ts'
import type { Hold } from './hold.ts'

/** A Service that the API has otherwise than it is served. */
interface PendingService {
  /** namespace/name */
  service: string
  risk: Risk
  /** What a review is to decide: `exposed as ClusterIP → NodePort; port http 80/TCP → 80:30080/TCP`. */
  summary: string
}

/** What an agent says of the reviewed exposure. Times are ISO 8601, UTC. */
export interface ExposureStatus {
  gate: GateScope
  /** Where it comes from: `directory /etc/balancing/exposure`. */
  source: string
  /** Of the exposure that counts; null as long as none was taken. */
  revision: string | null
  /** When this agent took it; null for one that was taken before its start. */
  taken: string | null
  /** Why the source has none that can be taken, so that the last good one counts. */
  rejected: { since: string; code: string; reason: string } | null
  /** Why no other one is taken, and the revision that waits until release, if any; null without a hold. */
  held: (Hold & { waiting: string | null }) | null
  /** How many Services wait for a review. */
  pendingServices: number
  /** The first 500 of them by name: by risk, then by name. */
  pending: PendingService[]
  /** Services that are reviewed and that the API does not have, by name. */
  absent: string[]
}
