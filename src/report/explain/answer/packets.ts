// SPDX-License-Identifier: Apache-2.0
import { type Address, type Family, familyOf, parseCidr } from '../../../base/address.ts'
import type { Frontend } from '../../../compile/frontend.ts'
import { policiesOf } from '../../../compile/frontends.ts'
import { viewpointName } from '../../../compile/viewpoint.ts'
import type { Destination, Dial, LookupVerdict } from '../../../datapath/dial.ts'
import type { Image } from '../../../datapath/image.ts'
import { lookup, matchedKey } from '../../../datapath/lookup.ts'
import { lookupPacket } from '../../../datapath/packet/lookup-packet.ts'
import type { TranslatedAt } from '../question/client.ts'
import { ownerOf, verdictIn } from '../view/list-scope.ts'
import type { View } from '../view/view.ts'

/** A host that is in no cluster: of the blocks for documentation, RFC 5737 and 3849. */
const HOST_ELSEWHERE: Readonly<Record<Family, Address>> = { 4: '198.51.100.1', 6: '2001:db8::1' }

/** Are packets of such a client translated, and not its calls at sockets? */
export function isByPacket(translatedAt: TranslatedAt): boolean {
  return translatedAt === 'edge' || translatedAt === 'pod-device'
}

/** What such a client sends. Where its address is not known it is one that the source ranges admit. */
export function dialByPacket(to: Destination, view: View, known: Address | undefined): Dial {
  const list = view.translatedAt === 'edge' ? 'external' : 'internal'
  if (known !== undefined) return { ...to, client: { list, source: known } }
  const dial: Dial = { ...to, client: { list } }
  const key = matchedKey(view.image, dial)
  const [range] = (key === undefined ? undefined : view.frontends.get(key)?.sourceRanges) ?? []
  const source = range === undefined ? HOST_ELSEWHERE[familyOf(to.address)] : parseCidr(range)!.address
  return { ...to, client: { list, source } }
}

/** The verdict of the datapath's twin: for sockets, as processes of a node have everywhere, or for packets. */
export function verdictOn(image: Image, dial: Dial, translatedAt: TranslatedAt): LookupVerdict {
  const { isInHostNetns, source } = dial.client ?? {}
  if (translatedAt === 'sockets' || isInHostNetns) return lookup(image, dial)
  if (translatedAt === 'nowhere') return { kind: 'pass' }
  return lookupPacket(image, dial, source!, translatedAt === 'edge' ? 'outside' : 'pod')
}

/**
 * Whose address the endpoints see. `isBehindEdge`: of an endpoint on the node, as far as its routes are known, whether they
 * leave by an edge. There packets are masqueraded, as are those to other nodes.
 */
export function sourceNotes(frontend: Frontend, view: View, isBehindEdge: (address: Address) => boolean): string[] {
  if (view.translatedAt !== 'edge' || frontend.protocol === 'SCTP') return []
  const { service } = ownerOf(frontend, view)
  const node = viewpointName(view.viewpoint)
  if (frontend.kind !== 'clusterIP' && policiesOf(service, frontend.kind).elsewhere === 'Local')
    return ['endpoints see the address of the client']
  const isHere = (address: Address) =>
    service.endpoints.some(group => group.endpoints.some(e => e.address === address && e.node === node))
  const { backends } = verdictIn(frontend, view)
  const here = backends.filter(({ address }) => isHere(address) && !isBehindEdge(address)).length
  if (here === backends.length) return ['endpoints see the address of the client']
  const kept = here === 0 ? '' : `those on ${node} see the address of the client, `
  return [`${kept}${here === 0 ? 'endpoints' : 'others'} see an address of ${node}`]
}
