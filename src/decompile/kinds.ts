import { type Address, byAddress, type Family, familyOf } from '../base/address.ts'
import type { Service } from '../spec/spec.ts'
import { type ObservedPort, type ObservedVerdict, signatureOf } from './observe.ts'

type Kinds = Pick<Service, 'clusterIPs' | 'externalIPs' | 'loadBalancerIPs'>

/**
 * Which kind of VIP each address of a Service is. The maps tell some kinds: source ranges belong to load balancers, external
 * policy Local to exposed addresses, and a drop for clients here to cluster IPs. Otherwise the saved Service decides.
 */
export function kindsOf(ports: readonly ObservedPort[], saved: Service | undefined): Kinds {
  const all = ports.flatMap(port => port.frontends)
  const addresses = [...new Set(all.flatMap(f => f.address ?? []))].sort(byAddress)
  const clusterIPs = ([4, 6] as const).flatMap(family => clusterIPsAmong(addresses, family, ports, saved))
  const exposed = addresses.filter(address => !clusterIPs.includes(address))
  const hasRanges = (address: Address) => all.some(f => f.address === address && f.ranges.length > 0)
  // A load balancer has all ranges of its family, so an address without any, beside one that has some, is an external IP.
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
 * Which addresses of a family are cluster IPs, by their verdicts for clients here. An address that drops, or has another verdict
 * than the exposed ones, is a cluster IP under internal policy Local. Where there is none, addresses with equal verdicts may be
 * cluster IPs, and those with another verdict are exposed.
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

/** Compares port by port; a port that one of them lacks makes no difference. */
function differ(a: readonly (ObservedVerdict | undefined)[], b: readonly (ObservedVerdict | undefined)[]): boolean {
  return a.some((answer, i) => answer && b[i] && signatureOf(answer) !== signatureOf(b[i]))
}
