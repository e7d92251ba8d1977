// SPDX-License-Identifier: Apache-2.0
import { type Address, type Family, familyOf } from '../base/address.ts'
import type { Port, Service } from '../spec/spec.ts'
import { endpointsFor, type Lists } from './endpoints.ts'
import { kindsOf } from './kinds.ts'
import { type Observed, type ObservedPort, signatureOf } from './observe.ts'

const FAMILIES: readonly Family[] = [4, 6]

/**
 * A cluster IP that is none of these VIPs. A Service has only families in which it has a cluster IP; one that every port excepts
 * makes no frontend.
 */
function inventedIP(family: Family, vips: readonly Address[]): Address {
  const candidates = Array.from({ length: vips.length + 1 }, (_, i) =>
    family === 4 ? `192.0.${2 + (i >> 8)}.${i & 255}` : `2001:db8::${i === 0 ? '' : i.toString(16)}`,
  )
  return candidates.find(address => !vips.includes(address))!
}

/**
 * A Service whose frontends, compiled for `node`, are these. `allClusterIPs` are those of the whole image. `saved` is the Service
 * of this name that was applied last, if it is known: it tells the kind of a VIP where the maps do not.
 */
export function rebuild(
  { namespace, name }: Pick<Service, 'namespace' | 'name'>,
  ports: readonly ObservedPort[],
  node: string,
  allClusterIPs: ReadonlySet<Address>,
  saved: Service | undefined,
): Service {
  const all = ports.flatMap(port => port.frontends)
  const kinds = kindsOf(ports, allClusterIPs, saved)
  const families = FAMILIES.filter(family => all.some(f => f.family === family))
  const missing = families.filter(family => !kinds.clusterIPs.some(address => familyOf(address) === family))
  const exposed = [...kinds.externalIPs, ...kinds.loadBalancerIPs]
  const clusterIPs = [...kinds.clusterIPs, ...missing.map(family => inventedIP(family, exposed))]
  const isClusterIP = ({ address }: Observed) =>
    address !== undefined && kinds.clusterIPs.includes(address) && !exposed.includes(address)
  const isInternalLocal = ports.some(port => families.some(f => !servesCluster(port.frontends, f, isClusterIP)))
  const vips = [...clusterIPs, ...exposed]
  const affinitySeconds = all.find(f => f.affinitySeconds > 0)?.affinitySeconds
  return {
    namespace,
    name,
    ...kinds,
    clusterIPs,
    sourceRanges: [...new Set(all.flatMap(f => f.ranges))],
    internalTrafficPolicy: isInternalLocal ? 'Local' : 'Cluster',
    externalTrafficPolicy: all.some(f => f.externalLocal) ? 'Local' : 'Cluster',
    ...(saved?.healthCheckNodePort === undefined ? {} : { healthCheckNodePort: saved.healthCheckNodePort }),
    ...(affinitySeconds === undefined ? {} : { affinitySeconds }),
    ports: ports.map(port => portOf(port, vips, saved)),
    endpoints: ports.flatMap(port =>
      families.flatMap(family => {
        const lists = listsOf(port.frontends, family, isClusterIP, isInternalLocal)
        return lists ? endpointsFor(port.name, family, lists, node) : []
      }),
    ),
  }
}

function portOf({ name, frontends }: ObservedPort, vips: readonly Address[], saved: Service | undefined): Port {
  const nodePort = frontends.find(f => f.address === undefined)
  const vip = frontends.find(f => f.address !== undefined)
  const present = new Set(frontends.map(f => f.address))
  return {
    name,
    port: vip?.port ?? saved?.ports.find(port => port.name === name)?.port ?? nodePort!.port,
    protocol: frontends[0]!.protocol,
    ...(nodePort === undefined ? {} : { nodePort: nodePort.port }),
    except: vips.filter(address => !present.has(address)),
  }
}

/** The verdict of exposed frontends of a family for clients here: from the cluster list alone. */
function exposedVerdict(frontends: readonly Observed[], family: Family, isClusterIP: (f: Observed) => boolean) {
  return frontends.find(f => f.family === family && !isClusterIP(f))?.internal
}

/** Whether the cluster IPs of a family can have their verdict under internal policy Cluster. */
function servesCluster(frontends: readonly Observed[], family: Family, isClusterIP: (f: Observed) => boolean): boolean {
  const inside = frontends.find(f => f.family === family && isClusterIP(f))?.internal
  if (!inside) return true
  const exposed = exposedVerdict(frontends, family, isClusterIP)
  return !inside.drops && (exposed === undefined || signatureOf(exposed) === signatureOf(inside))
}

function listsOf(
  frontends: readonly Observed[],
  family: Family,
  isClusterIP: (f: Observed) => boolean,
  isInternalLocal: boolean,
): Lists | undefined {
  const own = frontends.filter(f => f.family === family)
  if (own.length === 0) return undefined
  const inside = own.find(isClusterIP)?.internal
  const exposed = exposedVerdict(own, family, isClusterIP)
  const outside = own.find(f => f.externalLocal)?.external
  const local = outside ?? (isInternalLocal ? inside : undefined)
  const cluster = exposed?.backends ?? inside?.backends ?? []
  return { cluster, local: local?.backends, hasAny: cluster.length > 0 || own.some(drops) }
}

function drops({ internal, external }: Observed): boolean {
  return internal.drops || external.drops
}
