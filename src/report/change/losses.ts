// SPDX-License-Identifier: Apache-2.0
import { byText } from '../../base/sort.ts'
import { decodeAddress } from '../../datapath/check.ts'
import { decode } from '../../datapath/codec.ts'
import type { Image } from '../../datapath/image.ts'
import { enums, structs } from '../../datapath/layout.gen.ts'
import { servesOutside } from '../../datapath/packet/lookup-packet.ts'
import { ADDRESS_BYTES, isNodePort } from '../../plan/node-ports.ts'
import type { Changed } from './changes.ts'

const { ADDRESS_EXTERNAL } = enums.address_flags
const { FRONTEND_EXTERNAL_DROP, FRONTEND_EXTERNAL_LOCAL } = enums.frontend_flags

/** The service ports that have a backend now and lose the last one by a change. */
export interface Losses {
  /** Service ports with at least one backend now; not counted when none is emptied. */
  serving: number
  /** How many of them would have none; a lower bound when only their number is known. */
  emptied: number
  /** One frontend of each of those, when they are known. */
  examples: Changed[]
}

export function lossesOf(observed: Image, desired: Image, changes: readonly Changed[]): Losses {
  return lossesAmong(changes, observed, () => [servingIn(observed), servingIn(desired)])
}

/**
 * The same for clients outside, where edges serve them before and after: service ports lose the last backend behind their
 * external IPs, load balancer addresses and node ports. A port that has policy Local before and after, and whose endpoints are on
 * other nodes now, is no loss: so it is on a node that is drained.
 */
export function lossesOutside(observed: Image, desired: Image, changes: readonly Changed[]): Losses {
  if (!servesOutside(observed) || !servesOutside(desired)) return NO_LOSSES
  return lossesAmong(changes, observed, () => {
    const moved = [...exposedIn(desired)].filter(([key, value]) => isMovedAway(observed.frontends.get(key), value))
    const staying = [...servingOutside(desired), ...moved.map(([, value]) => field(value, 'service'))]
    return [servingOutside(observed), new Set(staying)]
  })
}

const NO_LOSSES: Losses = { serving: 0, emptied: 0, examples: [] }

/** `count` gives the service ports that serve before and after; it is asked only when some frontend may lose its last backend. */
function lossesAmong(
  changes: readonly Changed[],
  observed: Image,
  count: () => [serving: ReadonlySet<string>, staying: ReadonlySet<string>],
): Losses {
  const suspects = changes.filter(change => change.kind === 'emptied' || change.kind === 'removed')
  if (suspects.length === 0) return NO_LOSSES
  const [serving, staying] = count()
  // A dump has the order of the kernel's hash; a message has one order.
  suspects.sort((a, b) => byText(a.key, b.key))
  const gone = new Map<string, Changed>()
  for (const change of suspects) {
    const service = field(observed.frontends.get(change.key)!, 'service')
    if (serving.has(service) && !staying.has(service) && !gone.has(service)) gone.set(service, change)
  }
  return { serving: serving.size, emptied: gone.size, examples: [...gone.values()] }
}

/** The same when only the number of service ports with a backend is known. */
export function lossesFrom(serving: number, desired: Image): Losses {
  return { serving, emptied: Math.max(0, serving - servingIn(desired).size), examples: [] }
}

/** Fewer losses than FEW are never suspicious; MANY are in a cluster of any size. */
const FEW = 3
const MANY = 50

/** Are the losses more than a fifth of all service ports, or very many? Then the input is probably wrong. */
export function isSuspicious({ serving, emptied }: Losses): boolean {
  return emptied >= MANY || (emptied >= FEW && emptied * 5 > serving)
}

/** The ids (bytes) of the service ports of an image that have a backend. Cut out of the values: every apply counts them. */
export function servingIn(image: Image): Set<string> {
  const services = new Set<string>()
  for (const value of image.frontends.values())
    if (field(value, 'internal_count') !== NONE || field(value, 'external_count') !== NONE)
      services.add(field(value, 'service'))
  return services
}

/** The service ports of an image that have a backend for clients outside. */
function servingOutside(image: Image): Set<string> {
  const services = new Set<string>()
  for (const [, value] of exposedIn(image))
    if (field(value, 'external_count') !== NONE) services.add(field(value, 'service'))
  return services
}

/** The frontends that clients outside dial: all but those of cluster IPs. */
function* exposedIn({ addresses, frontends }: Image): Generator<[key: string, value: string]> {
  const external = new Set<string>()
  for (const [key, value] of addresses) if ((decodeAddress(key, value) ?? 0) & ADDRESS_EXTERNAL) external.add(key)
  for (const [key, value] of frontends)
    if (isNodePort({ key }) || external.has(key.slice(0, ADDRESS_BYTES))) yield [key, value]
}

/** Whether a frontend of policy Local, before and after, drops what comes from outside because its endpoints are elsewhere. */
function isMovedAway(old: string | undefined, now: string): boolean {
  if (old === undefined) return false
  const [before, after] = [decode('frontend', old).flags, decode('frontend', now).flags]
  return (before & after & FRONTEND_EXTERNAL_LOCAL) !== 0 && (after & FRONTEND_EXTERNAL_DROP) !== 0
}

const { fields } = structs.frontend
const SIZES = { service: 8, internal_count: 4, external_count: 4 } as const
const NONE = '\0'.repeat(SIZES.internal_count)

function field(frontend: string, name: keyof typeof SIZES): string {
  const { offset } = fields[name]
  return frontend.slice(offset, offset + SIZES[name])
}
