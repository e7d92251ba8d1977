// SPDX-License-Identifier: Apache-2.0
import { familyOf } from '../../../base/address.ts'
import { count, thousands } from '../../../base/count.ts'
import type { Paint, Tone } from '../../../base/paint.ts'
import { formatList, LONGEST_LIST } from '../../format-list.ts'
import type { EdgeReview } from '../edges.ts'
import type { Alteration, Member, NewAddress, NodeChange, Review, Risk, ServiceChange } from '../review.ts'
import { countsOf, RISKS } from '../review.ts'

/** The mark of each risk, and its colour. */
export const SIGNS: Readonly<Record<Risk, { sign: string; tone: Tone }>> = {
  emptied: { sign: '!', tone: 'bad' },
  removed: { sign: '-', tone: 'bad' },
  policy: { sign: '*', tone: 'warn' },
  changed: { sign: '~', tone: 'warn' },
  added: { sign: '+', tone: 'good' },
}

/** What happens to a Service, in one line. */
export function formatServiceChange(change: ServiceChange): string {
  const { risk, frontends, before, after } = change
  if (risk === 'removed') return `${formatList(frontends.lost)}, had ${count(before, 'endpoint')}`.replace(/^, /, '')
  if (risk === 'added')
    return `${formatList(frontends.gained)}, ${after === 0 ? 'no endpoint' : count(after, 'endpoint')}`.replace(
      /^, /,
      '',
    )
  return [
    ...change.emptied,
    ...change.exposure,
    formatMoves(change),
    ...change.altered.slice(0, LONGEST_LIST).map(formatAlteration),
    change.altered.length > LONGEST_LIST
      ? `${change.altered.length - LONGEST_LIST} more kinds of changed endpoints`
      : '',
  ]
    .filter(Boolean)
    .join('; ')
}

/** `-10.244.1.9 +10.244.3.7`; of dual-stack pods the IPv4 addresses. */
function formatMoves({ lost, gained }: ServiceChange): string {
  const isTwin = isDualStack(lost) && isDualStack(gained)
  const shown = (members: readonly Member[], sign: string) =>
    spaced((isTwin ? ofFamily(members, 4) : members).map(({ address }) => sign + address))
  const words = [shown(lost, '-'), shown(gained, '+')].filter(Boolean)
  return [...words, ...(isTwin && words.length > 0 ? [formatTwins(lost.length + gained.length)] : [])].join(' ')
}

function formatAlteration({ change, endpoints }: Alteration): string {
  const members = endpoints.length > 1 && isDualStack(endpoints) ? ofFamily(endpoints, 4) : endpoints
  const also = members.length < endpoints.length ? ` ${formatTwins(endpoints.length)}` : ''
  return endpoints.length === 0 ? change : `${spaced(members.map(({ address }) => address))}${also} ${change}`
}

/** The remark on addresses of dual-stack pods, half of which are not listed. */
function formatTwins(addresses: number): string {
  return addresses === 2 ? '(and its IPv6)' : '(and their IPv6)'
}

function ofFamily(members: readonly Member[], family: 4 | 6): Member[] {
  return members.filter(({ address }) => familyOf(address) === family)
}

/** Does each pod have an address in both families, as far as their nodes show? */
function isDualStack(members: readonly Member[]): boolean {
  const nodes = (family: 4 | 6) =>
    ofFamily(members, family)
      .map(({ node }) => node ?? '')
      .sort()
      .join()
  const [four, six] = [ofFamily(members, 4).length, ofFamily(members, 6).length]
  return four === six && nodes(4) === nodes(6)
}

/** `-10.244.1.9 -10.244.2.4 (3 more)` */
function spaced(texts: readonly string[]): string {
  const more = texts.length - LONGEST_LIST
  return [...texts.slice(0, LONGEST_LIST), ...(more > 0 ? [`(${more} more)`] : [])].join(' ')
}

/** `edge eth0 (192.168.1.1) gained: packets that arrive there are translated`; `pod device cali1 (192.168.1.1) gained: …` */
export function formatEdge({ device, pod, kind, addresses, xdp, changes }: EdgeReview): string {
  const traits = [...addresses, ...(xdp ? ['XDP'] : [])]
  const what = `${pod ? 'pod device' : 'edge'} ${device}`
  const name = traits.length === 0 ? what : `${what} (${traits.join(', ')})`
  return `${name} ${kind}: ${kind === 'changed' ? changes.join('; ') : EDGE_TEXT[kind]}`
}

const EDGE_TEXT: Readonly<Record<Exclude<EdgeReview['kind'], 'changed'>, string>> = {
  lost: 'packets that arrive there are translated no more',
  repaired: 'its programs are attached again',
  gained: 'packets that arrive there are translated',
}

/** The mark of what happens to an edge, and its colour. */
export const EDGE_SIGNS: Readonly<Record<EdgeReview['kind'], { sign: string; tone: Tone }>> = {
  lost: { sign: '!', tone: 'bad' },
  repaired: { sign: '*', tone: 'warn' },
  changed: { sign: '*', tone: 'warn' },
  gained: { sign: '+', tone: 'good' },
}

export function formatNodeChange({ node, kind, changes }: NodeChange): string {
  const verb = { removed: 'goes', changed: 'changes', added: 'comes' }[kind]
  return `node ${node} ${verb}: ${changes.join(' ')}`
}

const KIND_TEXT = { externalIP: 'external IP', loadBalancer: 'load balancer address' }

/** `shop/web takes the external IP 203.0.113.9` */
export function formatNewAddress({ address, kind, service }: NewAddress): string {
  return `${service} takes the ${KIND_TEXT[kind]} ${address}`
}

const TOTALS: Readonly<Record<Risk, string>> = {
  emptied: 'to lose the last endpoint',
  removed: 'to remove',
  policy: 'with another exposure',
  changed: 'to change',
  added: 'to add',
}

/** `1 edge to change, Services: 1 to lose the last endpoint, 2 to change`; empty when nothing happens. */
export function formatTotals(review: Review): string {
  const counts = countsOf(review)
  const services = RISKS.filter(risk => counts[risk] > 0).map(risk => `${thousands(counts[risk])} ${TOTALS[risk]}`)
  const { nodes, edges = [] } = review
  return [
    ...(edges.length > 0 ? [`${count(edges.length, 'edge')} to change`] : []),
    ...(services.length > 0 ? [`Services: ${services.join(', ')}`] : []),
    ...(nodes.length > 0 ? [`${count(nodes.length, 'node')} to change`] : []),
  ].join(', ')
}

/** The text for a change that has no impact on any node. */
export const NO_IMPACT = 'Services of both specs are as reachable as before, and cross zones as before'

/** The mark of a risk in its colour. */
export function signOf(risk: Risk, paint: Paint): string {
  return paint(SIGNS[risk].tone, SIGNS[risk].sign)
}
