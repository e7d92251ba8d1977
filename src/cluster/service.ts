// SPDX-License-Identifier: Apache-2.0
import { type Address, familyOf, formatCidr, parseCidr } from '../base/address.ts'
import type { Path } from '../base/place.ts'
import { PROTOCOLS, type Protocol } from '../base/protocol.ts'
import { formatSpecialKind, specialKindOf } from '../base/special-address.ts'
import { EXCLUDE, HEADLESS, type Metadata, readMetadata, SERVICE_PROXY_NAME } from './metadata.ts'
import type { Raw, Scope } from './reader.ts'
import {
  ignore,
  missing,
  quote,
  readAddress,
  readInteger,
  readList,
  readMap,
  readMaps,
  readText,
  readWord,
  warn,
  wrongType,
} from './reader.ts'
import type { Origin } from './source.ts'

/** What of a v1 Service decides where traffic goes. */
export interface Service {
  namespace: string
  name: string
  /** RFC 3339 in UTC, or ''. */
  created: string
  /** Labelled for another service proxy, or headless by label: no kube-proxy sees it. */
  otherProxy: boolean
  /** Annotated `balancing.elf.io/exclude: "true"`. */
  excluded: boolean
  headlessLabel: boolean
  type: ServiceType
  /** clusterIP is None. */
  headless: boolean
  clusterIPs: Address[]
  /** Its cluster IPs of class E, which are never VIPs. A whole service range may be such, so render warns of them together. */
  classEClusterIPs: Address[]
  externalIPs: Address[]
  /** Ingress addresses of status.loadBalancer whose ipMode is VIP or absent (KEP-1860). */
  loadBalancerIPs: Address[]
  /** Canonical CIDRs. */
  sourceRanges: string[]
  internalTrafficPolicy: 'Cluster' | 'Local'
  externalTrafficPolicy: 'Cluster' | 'Local'
  /** 0 for none. */
  healthCheckNodePort: number
  /** 0 without affinity. */
  affinitySeconds: number
  ports: ServicePort[]
  origin: Origin
}

type ServiceType = 'ClusterIP' | 'NodePort' | 'LoadBalancer' | 'ExternalName'

interface ServicePort {
  name: string
  port: number
  protocol: Protocol
  /** 0 for none. */
  nodePort: number
}

const TYPES: readonly ServiceType[] = ['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName']
const POLICIES = ['Cluster', 'Local'] as const
/** core/v1 DefaultClientIPServiceAffinitySeconds, and the most that the API takes. */
const DEFAULT_AFFINITY = 10_800
const LONGEST_AFFINITY = 86_400

export function readService(scope: Scope, object: Raw): Service | undefined {
  const metadata = readMetadata(scope, object, true)
  const spec = readMap(scope, object, 'spec', [])
  if (!spec) {
    if ((object.spec ?? undefined) === undefined) missing(scope, ['spec'])
    return undefined
  }
  const type = readWord(scope, spec, 'type', ['spec'], TYPES) ?? 'ClusterIP'
  const exposure = { type, ...readClusterIPs(scope, spec) }
  const rest = {
    externalIPs: readVips(scope, readList(scope, spec, 'externalIPs', ['spec']), ['spec', 'externalIPs']),
    ...readLoadBalancer(scope, spec, object),
    internalTrafficPolicy: readWord(scope, spec, 'internalTrafficPolicy', ['spec'], POLICIES) ?? ('Cluster' as const),
    externalTrafficPolicy: readWord(scope, spec, 'externalTrafficPolicy', ['spec'], POLICIES) ?? ('Cluster' as const),
    healthCheckNodePort: readInteger(scope, spec, 'healthCheckNodePort', ['spec'], 0, 65535) ?? 0,
    affinitySeconds: readAffinity(scope, spec),
    ports: readPorts(scope, spec, type === 'ExternalName' || exposure.headless),
  }
  return metadata && { ...identity(metadata), ...exposure, ...rest, origin: scope.origin }
}

function identity({ namespace, name, created, labels, annotations }: Metadata) {
  const otherProxy = labels[SERVICE_PROXY_NAME] !== undefined
  const excluded = annotations[EXCLUDE] === 'true'
  return { namespace, name, created, otherProxy, excluded, headlessLabel: labels[HEADLESS] !== undefined }
}

/** clusterIPs, or clusterIP in objects older than dual-stack (KEP-563). */
function readClusterIPs(scope: Scope, spec: Raw): Pick<Service, 'headless' | 'clusterIPs' | 'classEClusterIPs'> {
  const classEClusterIPs: Address[] = []
  const first = readText(scope, spec, 'clusterIP', ['spec']) ?? ''
  const list = readList(scope, spec, 'clusterIPs', ['spec'])
  if (first === 'None' || list[0] === 'None') return { headless: true, clusterIPs: [], classEClusterIPs }
  if (list.length === 0 && first === '') return { headless: false, clusterIPs: [], classEClusterIPs }
  if (list.length === 0) {
    const clusterIPs = readVip(scope, first, ['spec', 'clusterIP'], classEClusterIPs)
    return { headless: false, clusterIPs, classEClusterIPs }
  }
  if (first !== '' && list[0] !== first) {
    ignore(scope, 'cluster-ip-mismatch', ['spec', 'clusterIP'], `${quote(first)} is not the first of clusterIPs`)
  }
  const all = readVips(scope, list, ['spec', 'clusterIPs'], classEClusterIPs)
  const clusterIPs = all.filter((address, i) => all.findIndex(other => familyOf(other) === familyOf(address)) === i)
  if (clusterIPs.length < all.length) {
    const other = all.find(address => !clusterIPs.includes(address)) ?? all[0]!
    warn(scope, 'two-of-a-family', ['spec', 'clusterIPs'], `has two addresses of one family: ${other} is ignored`)
  }
  return { headless: false, clusterIPs, classEClusterIPs }
}

function readVips(scope: Scope, list: readonly unknown[], path: Path, classE?: Address[]): Address[] {
  return list.flatMap((value, i) => readVip(scope, value, [...path, i], classE))
}

/** One address, or none: connections to special addresses are not a Service's to take. `classE` gets those of class E, without a warning. */
function readVip(scope: Scope, value: unknown, path: Path, classE?: Address[]): Address[] {
  const address = readAddress(scope, value, path)
  const kind = address === undefined ? undefined : specialKindOf(address)
  if (address === undefined) return []
  if (kind === undefined) return [address]
  if (kind === 'class E' && classE) {
    classE.push(address)
    return []
  }
  return (
    warn(
      scope,
      'special-address',
      path,
      `${address} is ${formatSpecialKind(kind)}, which is never a VIP: it is ignored`,
    ) ?? []
  )
}

/**
 * Load balancer addresses and who may dial them. A range that cannot be read must not open an address to all: where it leaves a
 * family without ranges, the family's addresses are left to the load balancer.
 */
function readLoadBalancer(scope: Scope, spec: Raw, object: Raw) {
  const list = readList(scope, spec, 'loadBalancerSourceRanges', ['spec'])
  const sourceRanges = readRanges(scope, list)
  const addresses = readIngress(scope, object)
  if (sourceRanges.length === list.length) return { sourceRanges, loadBalancerIPs: addresses }
  const families = new Set(sourceRanges.map(range => familyOf(range)))
  return { sourceRanges, loadBalancerIPs: addresses.filter(address => families.has(familyOf(address))) }
}

/** Only `ip` counts: a host name is the client's affair, and with ipMode Proxy traffic really goes to the balancer. */
function readIngress(scope: Scope, object: Raw): Address[] {
  const status = readMap(scope, object, 'status', [])
  const balancer = status && readMap(scope, status, 'loadBalancer', ['status'])
  if (!balancer) return []
  const path = ['status', 'loadBalancer', 'ingress']
  return readMaps(scope, balancer, 'ingress', path.slice(0, 2)).flatMap((ingress, i) => {
    if (!ingress || (ingress.ip ?? '') === '') return []
    const mode = readWord(scope, ingress, 'ipMode', [...path, i], ['VIP', 'Proxy'])
    return mode === 'Proxy' || mode === null ? [] : readVip(scope, ingress.ip, [...path, i, 'ip'])
  })
}

function readRanges(scope: Scope, list: readonly unknown[]): string[] {
  return list.flatMap((value, i) => {
    const path = ['spec', 'loadBalancerSourceRanges', i]
    if (typeof value !== 'string') return wrongType(scope, path, value, 'a CIDR') ?? []
    const cidr = parseCidr(value)
    if (cidr) return [formatCidr(cidr)]
    return ignore(scope, 'bad-cidr', path, `${quote(value)} is not a CIDR`, 'for example 192.0.2.0/24') ?? []
  })
}

function readAffinity(scope: Scope, spec: Raw): number {
  const affinity = readWord(scope, spec, 'sessionAffinity', ['spec'], ['None', 'ClientIP'])
  if (affinity !== 'ClientIP') return 0
  const config = readMap(scope, spec, 'sessionAffinityConfig', ['spec'])
  const client = config && readMap(scope, config, 'clientIP', ['spec', 'sessionAffinityConfig'])
  const path = ['spec', 'sessionAffinityConfig', 'clientIP']
  return (client && readInteger(scope, client, 'timeoutSeconds', path, 1, LONGEST_AFFINITY)) ?? DEFAULT_AFFINITY
}

/** A DNS label for the API. */
const PORT_NAME = /^([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$/

function readPorts(scope: Scope, spec: Raw, mayBeNone: boolean): ServicePort[] {
  const list = readMaps(scope, spec, 'ports', ['spec'])
  if (list.length === 0 && !mayBeNone && Array.isArray(spec.ports ?? [])) {
    warn(scope, 'no-ports', ['spec', 'ports'], 'is empty, so nothing is served')
  }
  const names = new Set<string>()
  const numbers = new Set<string>()
  return list.flatMap((raw, i) => {
    const port = raw && readPort(scope, raw, ['spec', 'ports', i])
    if (!port) return []
    const { name, protocol, port: number } = port
    const path = ['spec', 'ports', i]
    if (names.has(name)) return duplicate(scope, [...path, 'name'], `${quote(name)} is the name of two ports`)
    if (numbers.has(`${number}/${protocol}`))
      return duplicate(scope, [...path, 'port'], `${number}/${protocol} is there twice`)
    names.add(name)
    numbers.add(`${number}/${protocol}`)
    return [port]
  })
}

function duplicate(scope: Scope, path: Path, message: string): never[] {
  return warn(scope, 'duplicate-port', path, `${message}: the second is ignored`) ?? []
}

function readPort(scope: Scope, raw: Raw, path: Path): ServicePort | undefined {
  const name = readText(scope, raw, 'name', path) ?? ''
  const protocol = readWord(scope, raw, 'protocol', path, PROTOCOLS)
  const port = readInteger(scope, raw, 'port', path, 1, 65535)
  const nodePort = readInteger(scope, raw, 'nodePort', path, 0, 65535) ?? 0
  if ((raw.port ?? undefined) === undefined) missing(scope, [...path, 'port'])
  if (!PORT_NAME.test(name))
    return warn(scope, 'bad-name', [...path, 'name'], `${quote(name)} is not a name: the port is ignored`)
  return port === undefined || protocol === null ? undefined : { name, port, protocol: protocol ?? 'TCP', nodePort }
}
