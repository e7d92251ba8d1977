import { decode } from '../image/codec.ts'
import type { Image } from '../image/image.ts'
import type { Changed } from './changes.ts'

/** What a change would take away from service ports that serve now. */
export interface Losses {
  /** Service ports with at least one backend now; not counted when none is emptied. */
  serving: number
  /** How many of them would have none. */
  emptied: number
  /** One frontend of each of those. */
  examples: Changed[]
}

export function lossesOf(observed: Image, desired: Image, changes: readonly Changed[]): Losses {
  const suspects = changes.filter(change => change.kind === 'emptied' || change.kind === 'removed')
  if (suspects.length === 0) return { serving: 0, emptied: 0, examples: [] }
  const serving = servingIn(observed)
  const staying = servingIn(desired)
  const gone = new Map<bigint, Changed>()
  for (const change of suspects) {
    const { service } = decode('frontend', observed.frontends.get(change.key)!)
    if (serving.has(service) && !staying.has(service) && !gone.has(service)) gone.set(service, change)
  }
  return { serving: serving.size, emptied: gone.size, examples: [...gone.values()] }
}

/** Fewer than this is no crowd; this many is one however big the cluster. */
const FEW = 3
const MANY = 50

/** A fifth of all, or very many: rather a mistake in the input than somebody's wish. */
export function isSuspicious({ serving, emptied }: Losses): boolean {
  return emptied >= MANY || (emptied >= FEW && emptied * 5 > serving)
}

function servingIn(image: Image): Set<bigint> {
  const services = new Set<bigint>()
  for (const value of image.frontends.values()) {
    const { service, internal_count, external_count } = decode('frontend', value)
    if (internal_count > 0 || external_count > 0) services.add(service)
  }
  return services
}
