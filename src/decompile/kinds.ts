// SPDX-License-Identifier: Apache-2.0
import { type Address, byAddress, type Family, familyOf } from '../base/address.ts'
import { decodeAddress } from '../datapath/check.ts'
import type { Image } from '../datapath/image.ts'
import { addressOfKey } from '../datapath/keys.ts'
import { enums } from '../datapath/layout.gen.ts'
import type { Service } from '../spec/spec.ts'
import { type Observed, type ObservedPort, type ObservedVerdict, signatureOf } from './observe.ts'

const { ADDRESS_CLUSTER_IP } = enums.address_flags

type Kinds = Pick<Service, 'clusterIPs' | 'externalIPs' | 'loadBalancerIPs'>

/** The cluster IPs of all Services of an image; without those of a wrong check value, to which the programs refuse calls. */
export function clusterIPsOf(image: Image): ReadonlySet<Address> {
  const flagged = [...image.addresses].filter(([key, value]) => (decodeAddress(key, value) ?? 0) & ADDRESS_CLUSTER_IP)
  return new Set(flagged.map(([key]) => addressOfKey(key)))
}

/**
 * Which kind of VIP each address of a Service is. The map `addresses` tells cluster IPs; source ranges belong to load balancers,
 * external policy Local to exposed addresses. The saved Service decides the rest. An address that is exposed and a cluster IP,
 * perhaps of another Service, is both, and is served as exposed.
 */
export function kindsOf(
  ports: readonly ObservedPort[],
  allClusterIPs: ReadonlySet<Address>,
  saved: Service | undefined,
): Kinds {
  const all = ports.flatMap(port => port.frontends)
  const addresses = [...new Set(all.flatMap(f => f.address ?? []))].sort(byAddress)
  const wasExposed = (a: Address) => saved?.externalIPs.includes(a) || saved?.loadBalancerIPs.includes(a)
  const isOfAnother = (a: Address) => wasExposed(a) && !saved?.clusterIPs.includes(a)
  const clusterIPs = addresses.filter(a => allClusterIPs.has(a) && !isOfAnother(a))
  const inside = ([4, 6] as const).flatMap(family => servedInside(clusterIPs, family, ports))
  const exposed = addresses.filter(a => !inside.includes(a))
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
 * Which of the cluster IPs of a family have the internal policy: all of these have one verdict, and it alone drops here. One
 * that differs from what is surely exposed has it.
 */
function servedInside(clusterIPs: readonly Address[], family: Family, ports: readonly ObservedPort[]): Address[] {
  const frontends = ports.flatMap(port => port.frontends)
  const isExposed = (a: Address) => frontends.some(f => f.address === a && (f.externalLocal || f.ranges.length > 0))
  const able = clusterIPs.filter(a => familyOf(a) === family && !isExposed(a))
  const answersAt = (a: Address | undefined) => ports.map(port => port.frontends.find(isAt(a))?.internal)
  const isAt = (a: Address | undefined) => (f: Observed) => f.family === family && f.address === a
  const exposed = frontends.filter(f => f.family === family && !able.some(a => a === f.address)).map(f => f.address)
  const first =
    able.find(a => answersAt(a).some(answer => answer?.drops)) ??
    able.find(a => exposed.some(other => differ(answersAt(a), answersAt(other)))) ??
    able[0]
  return able.filter(a => !differ(answersAt(a), answersAt(first!)))
}

/** Compares port by port; a port that one of them lacks makes no difference. */
function differ(a: readonly (ObservedVerdict | undefined)[], b: readonly (ObservedVerdict | undefined)[]): boolean {
  return a.some((answer, i) => answer && b[i] && signatureOf(answer) !== signatureOf(b[i]))
}
