// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import type { Spec } from '../../src/spec/spec.ts'
import { endpoint, type Raw, raw, specOf } from './transition.ts'

/** A spec, and what was done to the one before it. */
export interface Step {
  change: Change
  spec: Spec
}

/** How many Services a walk has at most. */
const SERVICES = 4
/** Out of how many Services it takes what is new. */
const OFFERS = 400

/** What a step does to one Service; `fresh` is another one, to take things from. */
const CHANGES = {
  remove: () => undefined,
  replace: (_: Raw, fresh: Raw) => fresh,
  endpoints: (old: Raw, { endpoints }: Raw) => ({ ...old, endpoints }),
  shrink: (old: Raw) => ({ ...old, endpoints: old.endpoints.slice(old.endpoints.length >> 1) }),
  internalPolicy: (old: Raw) => ({ ...old, internal: other(old.internal) }),
  externalPolicy: (old: Raw) => ({ ...old, external: other(old.external) }),
  affinity: (old: Raw) => ({ ...old, affinity: old.affinity === undefined ? 60 : undefined }),
  ranges: (old: Raw, { ranges }: Raw) => ({ ...old, loadBalancer: true, ranges }),
  ports: (old: Raw, { ports }: Raw) => ({ ...old, ports }),
  externalAddresses: (old: Raw, { outer, loadBalancer }: Raw) => ({ ...old, outer, loadBalancer }),
} satisfies Record<string, (old: Raw, fresh: Raw) => Raw | undefined>

/** `add` where there was no Service; `move` lets two Services exchange their VIPs; `all` is another spec altogether. */
export type Change = keyof typeof CHANGES | 'add' | 'move' | 'all'

const CHOICES = [...(Object.keys(CHANGES) as (keyof typeof CHANGES)[]), 'move', 'all'] as const

/** Lists of every length, half of them of ready endpoints only: long ones do not fit into a frontend's element. */
const endpoints = fc
  .tuple(fc.uniqueArray(endpoint, { maxLength: 40, size: 'max', selector: e => e.address }), fc.boolean())
  .map(([list, areReady]) => (areReady ? list.map(e => ({ ...e, ...READY })) : list))
const READY = { ready: true, serving: true, terminating: false, forZones: [] }

const offer = fc.tuple(raw, endpoints).map(([raw, endpoints]) => ({ ...raw, endpoints }))

const dice = fc.record({
  change: fc.constantFrom<Change>(...CHOICES),
  at: fc.nat(SERVICES - 1),
  partner: fc.nat(SERVICES - 1),
  offer: fc.nat(OFFERS - 1),
})

/** A walk from spec to spec, one change a step. Equal seeds, equal walks. */
export function walk(seed: number, steps: number): Step[] {
  const offers = fc.sample(offer, { seed, numRuns: OFFERS })
  let raws: (Raw | undefined)[] = []
  return fc.sample(dice, { seed, numRuns: steps }).map(({ change, at, partner, offer }) => {
    const offered = [0, 1, 2, 3].map(i => inOwnSubnet(offers[(offer + i) % OFFERS]!, i))
    const done = raws[at] ? change : 'add'
    raws = apply(raws, done, at, partner, offered)
    return { change: done, spec: specOf(raws) }
  })
}

function apply(raws: readonly (Raw | undefined)[], change: Change, at: number, partner: number, fresh: Raw[]) {
  const [old, peer] = [raws[at]!, raws[partner]]
  if (change === 'all') return fresh
  const result = [...raws]
  if (change === 'add') result[at] = fresh[at]
  else if (change !== 'move') result[at] = CHANGES[change](old, fresh[at]!)
  else if (peer)
    [result[at], result[partner]] = [
      { ...old, ...vipsOf(peer) },
      { ...peer, ...vipsOf(old) },
    ]
  return result
}

function vipsOf({ vip, second, outer }: Raw): Pick<Raw, 'vip' | 'second' | 'outer'> {
  return { vip, second, outer }
}

function other(policy: Raw['internal']): Raw['internal'] {
  return policy === 'Local' ? 'Cluster' : 'Local'
}

/** The backends of a walk are in subnets 1…SUBNETS; the first Service shares one with the last. */
export const SUBNETS = SERVICES - 1

/** A backend shows whose it is. */
function inOwnSubnet(service: Raw, i: number): Raw {
  const subnet = (i % SUBNETS) + 1
  const place = (address: string) =>
    address.replace('10.244.0.', `10.244.${subnet}.`).replace('244::', `244:${subnet}::`)
  return { ...service, endpoints: service.endpoints.map(e => ({ ...e, address: place(e.address) })) }
}
