import { type Address, byAddress, type Family, familyOf } from '../base/address.ts'
import type { Service } from '../spec/spec.ts'
import { type Answer, type ObservedPort, signatureOf } from './observe.ts'

type Kinds = Pick<Service, 'clusterIPs' | 'externalIPs' | 'loadBalancerIPs'>

/**
 * Which kind of VIP each address of a Service is. The maps tell of some: source ranges are of load balancers, external policy
 * Local is of what is exposed, a drop inside is of cluster IPs. Where they leave a choice it is as in the saved Service.
 */
export function kindsOf(ports: readonly ObservedPort[], saved: Service | undefined): Kinds {
  const all = ports.flatMap(port => port.frontends)
  const addresses = [...new Set(all.flatMap(f => f.address ?? []))].sort(byAddress)
  const clusterIPs = ([4, 6] as const).flatMap(family => clusterIPsAmong(addresses, family, ports, saved))
  const exposed = addresses.filter(address => !clusterIPs.includes(address))
  const hasRanges = (address: Address) => all.some(f => f.address === address && f.ranges.length > 0)
  // A load balancer has all ranges of its family, so one without any is told as an external IP beside one with some.
  const isLimited = (family: Family) => all.some(f => f.family === family && f.ranges.length > 0)
  const wasBalancer = (address: Address) => saved?.loadBalancerIPs.includes(address) && !isLimited(familyOf(address))
  const isBalancer = (address: Address) => hasRanges(address) || wasBalancer(address)
  return {
    clusterIPs,
    externalIPs: exposed.filter(address => !isBalancer(address)),
    loadBalancerIPs: exposed.filter(isBalancer),
  }
}

/**
 * Which addresses of a family are cluster IPs, by what they answer inside: what drops, or answers otherwise than what is
 * exposed, is one under internal policy Local. When none is, those that answer alike may be, and what answers otherwise is exposed.
 */
function clusterIPsAmong(
  addresses: readonly Address[],
  family: Family,
  ports: readonly ObservedPort[],
  saved: Service | undefined,
): Address[] {
  const frontends = ports.flatMap(port => port.frontends)
  const isExposed = (address: Address | undefined) =>
    frontends.some(f => f.address === address && (address === undefined || f.externalLocal || f.ranges.length > 0))
  const doubtful = addresses.filter(address => familyOf(address) === family && !isExposed(address))
  if (frontends.some(f => f.externalLocal)) return doubtful
  const answers = (is: (address: Address | undefined) => boolean) =>
    ports.map(port => port.frontends.find(f => f.family === family && is(f.address))?.internal)
  const answersAt = (address: Address) => answers(other => other === address)
  const exposed = answers(isExposed)
  const inside = doubtful.filter(a => answersAt(a).some(answer => answer?.drops) || differ(answersAt(a), exposed))
  if (inside.length > 0) return inside
  const wasExposed = (a: Address) => saved?.externalIPs.includes(a) || saved?.loadBalancerIPs.includes(a)
  const first = doubtful.find(a => saved?.clusterIPs.includes(a)) ?? doubtful.find(a => !wasExposed(a)) ?? doubtful[0]
  return doubtful.filter(a => a === first || !(wasExposed(a) || differ(answersAt(a), answersAt(first!))))
}

/** By port; what one of them does not have says nothing. */
function differ(a: readonly (Answer | undefined)[], b: readonly (Answer | undefined)[]): boolean {
  return a.some((answer, i) => answer && b[i] && signatureOf(answer) !== signatureOf(b[i]))
}
