// SPDX-License-Identifier: Apache-2.0
import { familyOf } from '../base/address.ts'
import { type AffinityRecord, recall, type Session } from './affinity.ts'
import type { Backend } from './backend.ts'
import { frontendCheck } from './check.ts'
import type { Dial, LookupClient, LookupVerdict } from './dial.ts'
import type { Image } from './image.ts'
import { enums } from './layout.gen.ts'
import { listFor } from './list.ts'
import { type FrontendValue, keyOf, type Match, match } from './match.ts'
import { isAdmitted } from './sources.ts'

const { FRONTEND_HOST_ALLOWED, FRONTEND_HOST_DENIED } = enums.frontend_flags

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
  return { backend, block: listFor(found.frontend, dial.client?.list).block, lastUsed: now }
}

/** The key in `frontends` of the one that a destination matches; undefined: none. */
export function matchedKey(image: Image, dial: Dial): string | undefined {
  const found = match(image, dial)
  return 'kind' in found ? undefined : keyOf(dial, found.address)
}

function serve(image: Image, { frontend, address }: Match, dial: Dial, session?: Session): LookupVerdict {
  const { client } = dial
  if (frontend.check !== frontendCheck(keyOf(dial, address), frontend)) return { kind: 'refuse', errno: 'EHOSTUNREACH' }
  const list = listFor(frontend, client?.list)
  if (list.count === 0) return { kind: 'refuse', errno: list.drops ? 'EHOSTUNREACH' : 'ECONNREFUSED' }
  const kept = session && recall(image, frontend, list, session)
  if (kept === 'damaged') return { kind: 'refuse', errno: 'EHOSTUNREACH' }
  const backends = kept ? [kept] : list.read(image, frontend, familyOf(address))
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
