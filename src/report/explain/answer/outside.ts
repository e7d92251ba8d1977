// SPDX-License-Identifier: Apache-2.0
import { type Address, type Family, familyOf, parseCidr } from '../../../base/address.ts'
import type { Frontend } from '../../../compile/frontend.ts'
import { policiesOf } from '../../../compile/frontends.ts'
import { viewpointName } from '../../../compile/viewpoint.ts'
import type { Destination, Dial, LookupVerdict } from '../../../datapath/dial.ts'
import type { Image } from '../../../datapath/image.ts'
import { lookup, matchedKey } from '../../../datapath/lookup.ts'
import { lookupFromOutside } from '../../../datapath/packet/from-outside.ts'
import { ownerOf, verdictIn } from '../view/list-scope.ts'
import type { View } from '../view/view.ts'

/** A host that is in no cluster: of the blocks for documentation, RFC 5737 and 3849. */
const SOMEBODY: Readonly<Record<Family, Address>> = { 4: '198.51.100.1', 6: '2001:db8::1' }

/** A client outside whose address is not known: one that the source ranges admit. */
export function dialFromOutside(to: Destination, view: View): Dial {
  const dial: Dial = { ...to, client: { list: 'external' } }
  const key = matchedKey(view.image, dial)
  const [range] = (key === undefined ? undefined : view.frontends.get(key)?.sourceRanges) ?? []
  const source = range === undefined ? SOMEBODY[familyOf(to.address)] : parseCidr(range)!.address
  return { ...to, client: { list: 'external', source } }
}

/** The verdict of the datapath's twin: for sockets, or for packets from outside. */
export function verdictOn(image: Image, dial: Dial): LookupVerdict {
  const { list, source } = dial.client ?? {}
  return list === 'external' && source !== undefined ? lookupFromOutside(image, dial, source) : lookup(image, dial)
}

/** Whose address the endpoints see. */
export function sourceNotes(frontend: Frontend, view: View): string[] {
  if (!view.isOutside || frontend.protocol === 'SCTP') return []
  const { service } = ownerOf(frontend, view)
  const node = viewpointName(view.viewpoint)
  if (frontend.kind !== 'clusterIP' && policiesOf(service, frontend.kind).elsewhere === 'Local')
    return ['endpoints see the address of the client']
  const isHere = (address: Address) =>
    service.endpoints.some(group => group.endpoints.some(e => e.address === address && e.node === node))
  const { backends } = verdictIn(frontend, view)
  const here = backends.filter(({ address }) => isHere(address)).length
  if (here === backends.length) return ['endpoints see the address of the client']
  const kept = here === 0 ? '' : `those on ${node} see the address of the client, `
  return [`${kept}${here === 0 ? 'endpoints' : 'others'} see an address of ${node}`]
}
