// SPDX-License-Identifier: Apache-2.0
import type { Backend } from './backend.ts'
import type { Image } from './image.ts'
import { isListed, type List } from './list.ts'
import type { FrontendValue } from './match.ts'

/** What the map `affinity` holds for a client and a service port, in the family of the frontend. */
export interface AffinityRecord {
  backend: Backend
  /** The list it was chosen from; when another one applies now, that one decides. */
  block: bigint
  /** ns */
  lastUsed: bigint
}

/** The session of a client at the moment it dials. */
export interface Session {
  record: AffinityRecord | undefined
  /** ns, of the clock of `lastUsed` */
  now: bigint
}

/**
 * The remembered backend, when its time has not passed and it is in the list that applies now; 'damaged' when that list is not whole.
 * bpf/affinity.h, recall.
 */
export function recall(
  image: Image,
  frontend: FrontendValue,
  list: List,
  { record, now }: Session,
): Backend | 'damaged' | undefined {
  const { affinity_seconds } = frontend
  if (affinity_seconds === 0 || !record) return undefined
  if (now - record.lastUsed > BigInt(affinity_seconds) * 1_000_000_000n) return undefined
  if (record.block === list.block) return record.backend
  const isIn = isListed(image, list, record.backend)
  return isIn === true ? record.backend : isIn || undefined
}
