// SPDX-License-Identifier: Apache-2.0
import type { EdgeFigures } from './dataplane.ts'
import type { Figures } from './figures.ts'
import type { Status } from './status.ts'

/** What an agent is at this moment. */
export interface Sample {
  status: Status['current']
  isHealthy: boolean
  isReady: boolean
  /** How long the oldest change has waited, in seconds. */
  waiting: number
  /** Services that have changed, and Services whose EndpointSlices have, and that are not written. */
  pending: { services: number; endpoints: number }
  /** Undefined as long as nothing is known of what the node is to do. */
  figures: Figures | undefined
  /** What is reviewed; undefined where nothing is held. */
  exposure: { pending: number; isRejected: boolean } | undefined
  /** As they were read last; undefined without edges. */
  edges: EdgeFigures | undefined
}
