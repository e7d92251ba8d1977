// SPDX-License-Identifier: Apache-2.0
import { familyOf } from '../base/address.ts'
import type { Backend } from './backend.ts'
import { externalBackends, internalBackends } from './blocks.ts'
import { frontendCheck } from './check.ts'
import { encode } from './codec.ts'
import type { Dial, LookupClient, LookupVerdict } from './dial.ts'
import type { Image } from './image.ts'
import { enums } from './layout.gen.ts'
import { type FrontendValue, keyOf, type Match, match } from './match.ts'
import { isAdmitted } from './sources.ts'

/** What the map `affinity` holds for a client and a service port, in the family of the frontend. */
export interface AffinityRecord {
  backend: Backend
  /** The list it was chosen from; when another one applies now, `members` decides. */
  block: bigint
  /** ns */
  lastUsed: bigint
}

/** The session of a client at the moment it dials. */
interface Session {
  record: AffinityRecord | undefined
  /** ns, of the clock of `lastUsed` */
  now: bigint
}

const { FRONTEND_INTERNAL_DROP, FRONTEND_EXTERNAL_DROP, FRONTEND_HOST_ALLOWED, FRONTEND_HOST_DENIED } =
  enums.frontend_flags

/**
 * The datapath's twin: bpf/lookup.h step by step, over the same map entries. Without a session the client has none.
 */
export function lookup(image: Image, dial: Dial, session?: Session): LookupVerdict {
  const found = match(image, dial)
  return 'kind' in found ? found : serve(image, found, dial, session)
}

/** The affinity record once `backend` was chosen; undefined without affinity. bpf/affinity.h, keep_session. */
export function recordAfter(image: Image, dial: Dial, backend: Backend, now: bigint): AffinityRecord | undefined {
  const found = match(image, dial)
  if ('kind' in found || found.frontend.affinity_seconds === 0) return undefined
  return { backend, block: listFor(found.frontend, dial.client).block, lastUsed: now }
}

/** The key in `frontends` of the one that a destination matches; undefined: none. */
export function matchedKey(image: Image, dial: Dial): string | undefined {
  const found = match(image, dial)
  return 'kind' in found ? undefined : keyOf(dial, found.address)
}

/** The list that applies to a client. */
function listFor(frontend: FrontendValue, client: LookupClient = {}) {
  return client.list === 'external'
    ? {
        read: externalBackends,
        block: frontend.external_block,
        count: frontend.external_count,
        drop: FRONTEND_EXTERNAL_DROP,
      }
    : {
        read: internalBackends,
        block: frontend.internal_block,
        count: frontend.internal_count,
        drop: FRONTEND_INTERNAL_DROP,
      }
}

function serve(image: Image, { frontend, address }: Match, dial: Dial, session?: Session): LookupVerdict {
  const { client } = dial
  if (frontend.check !== frontendCheck(keyOf(dial, address), frontend)) return { kind: 'refuse', errno: 'EHOSTUNREACH' }
  const { read, block, count, drop } = listFor(frontend, client)
  if (count === 0) return { kind: 'refuse', errno: frontend.flags & drop ? 'EHOSTUNREACH' : 'ECONNREFUSED' }
  const kept = session && recall(image, frontend, block, session)
  const backends = kept ? [kept] : read(image, frontend, familyOf(address))
  if (!backends) return { kind: 'refuse', errno: 'EHOSTUNREACH' }
  return checkSource(image, frontend, client) ?? { kind: 'forward', backends }
}

/**
 * What source ranges have against a client. To a VIP the node's own processes show the node's address, whatever the route
 * to the backend.
 */
function checkSource(image: Image, frontend: FrontendValue, client: LookupClient = {}): LookupVerdict | undefined {
  const { isInHostNetns, source } = client
  if (isInHostNetns && source === undefined && frontend.flags & (FRONTEND_HOST_ALLOWED | FRONTEND_HOST_DENIED))
    return frontend.flags & FRONTEND_HOST_DENIED ? { kind: 'refuse', errno: 'EHOSTUNREACH' } : undefined
  return source === undefined || isAdmitted(image, frontend.source_ranges, source) ? undefined : { kind: 'drop' }
}

/** The remembered backend, when its time has not passed and it is in the list that applies now. */
function recall(image: Image, frontend: FrontendValue, block: bigint, { record, now }: Session): Backend | undefined {
  const { affinity_seconds } = frontend
  if (affinity_seconds === 0 || !record) return undefined
  if (now - record.lastUsed > BigInt(affinity_seconds) * 1_000_000_000n) return undefined
  const { backend } = record
  const counts = record.block === block || image.members.has(encode('member', { block, ...backend }))
  return counts ? backend : undefined
}
