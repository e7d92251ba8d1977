// SPDX-License-Identifier: Apache-2.0
import { byText } from '../../base/sort.ts'
import type { Image } from '../../datapath/image.ts'
import { structs } from '../../datapath/layout.gen.ts'
import type { Changed } from './changes.ts'

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
  const suspects = changes.filter(change => change.kind === 'emptied' || change.kind === 'removed')
  if (suspects.length === 0) return { serving: 0, emptied: 0, examples: [] }
  const serving = servingIn(observed)
  const staying = servingIn(desired)
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

const { fields } = structs.frontend
const SIZES = { service: 8, internal_count: 4, external_count: 4 } as const
const NONE = '\0'.repeat(SIZES.internal_count)

function field(frontend: string, name: keyof typeof SIZES): string {
  const { offset } = fields[name]
  return frontend.slice(offset, offset + SIZES[name])
}
