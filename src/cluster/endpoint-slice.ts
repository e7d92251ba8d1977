// SPDX-License-Identifier: Apache-2.0
import { type Address, type Family, familyOf } from '../base/address.ts'
import type { Path } from '../base/place.ts'
import { PROTOCOLS, type Protocol } from '../base/protocol.ts'
import { formatSpecialKind, specialKindOf } from '../base/special-address.ts'
import { HEADLESS, readMetadata, SERVICE_PROXY_NAME } from './metadata.ts'
import type { Raw, Scope } from './reader.ts'
import {
  ignore,
  missing,
  quote,
  readAddress,
  readFlag,
  readInteger,
  readList,
  readMap,
  readMaps,
  readText,
  readWord,
  warn,
} from './reader.ts'
import type { Origin } from './source.ts'

/** What of a discovery.k8s.io/v1 EndpointSlice decides where traffic goes. */
export interface EndpointSlice {
  namespace: string
  name: string
  /** The Service it belongs to, by label; '' for none. */
  service: string
  /** Labelled for another service proxy or as headless: no kube-proxy sees it. */
  excluded: boolean
  /** Undefined for addressType FQDN, which no proxy has ever served. */
  family: Family | undefined
  ports: SlicePort[]
  endpoints: SliceEndpoint[]
  origin: Origin
}

interface SlicePort {
  name: string
  number: number
  protocol: Protocol
}

/** Conditions resolved: nil ready and serving are true, nil terminating is false (KEP-1672, discovery/v1). */
export interface SliceEndpoint {
  address: Address
  node: string | undefined
  zone: string | undefined
  ready: boolean
  serving: boolean
  terminating: boolean
  forZones: readonly string[]
  forNodes: readonly string[]
}

const SERVICE_NAME = 'kubernetes.io/service-name'
const ADDRESS_TYPES = ['IPv4', 'IPv6', 'FQDN'] as const
const NONE: readonly never[] = []

/** `share` returns one copy of equal texts: 100,000 endpoints name few nodes and zones. */
export function readEndpointSlice(scope: Scope, object: Raw, share: (text: string) => string) {
  const metadata = readMetadata(scope, object, true)
  const type = readWord(scope, object, 'addressType', [], ADDRESS_TYPES)
  if (!type) {
    if ((object.addressType ?? undefined) === undefined) missing(scope, ['addressType'])
    else if (object.addressType === '') warn(scope, 'unknown-value', ['addressType'], 'is empty: the slice is ignored')
    return undefined
  }
  const family = type === 'FQDN' ? undefined : type === 'IPv6' ? 6 : 4
  const ports = readMaps(scope, object, 'ports', []).flatMap((raw, i) => readPort(scope, raw, ['ports', i]) ?? [])
  const endpoints: SliceEndpoint[] = []
  if (family !== undefined) {
    readMaps(scope, object, 'endpoints', []).forEach((raw, i) => {
      const endpoint = raw && readEndpoint(scope, raw, ['endpoints', i], family, share)
      if (endpoint) endpoints.push(endpoint)
    })
  }
  if (!metadata) return undefined
  const { namespace, name, labels } = metadata
  const service = readText(scope, labels, SERVICE_NAME, ['metadata', 'labels']) ?? ''
  const excluded = labels[SERVICE_PROXY_NAME] !== undefined || labels[HEADLESS] !== undefined
  return { namespace, name, service, excluded, family, ports, endpoints, origin: scope.origin } satisfies EndpointSlice
}

/** A port without name or number is ignored, as kube-proxy does; the API server writes "" for "no name". */
function readPort(scope: Scope, raw: Raw | undefined, path: Path): SlicePort | undefined {
  if (!raw) return undefined
  const name = readText(scope, raw, 'name', path)
  const number = readInteger(scope, raw, 'port', path, 0, 65535)
  const protocol = readWord(scope, raw, 'protocol', path, PROTOCOLS)
  if ((raw.name ?? undefined) === undefined) {
    ignore(scope, 'port-without-name', path, 'has no name', 'write name: "" for the port without a name')
  } else if ((raw.port ?? 0) === 0) {
    ignore(scope, 'port-without-number', path, 'has no number')
  }
  if (name === undefined || !number || protocol === null) return undefined
  return { name, number, protocol: protocol ?? 'TCP' }
}

function readEndpoint(scope: Scope, raw: Raw, path: Path, family: Family, share: (text: string) => string) {
  const addresses = readList(scope, raw, 'addresses', path)
  const conditions = readMap(scope, raw, 'conditions', path) ?? {}
  const within = [...path, 'conditions']
  const hints = readMap(scope, raw, 'hints', path)
  const node = readText(scope, raw, 'nodeName', path)
  const zone = readText(scope, raw, 'zone', path)
  const rest = {
    node: node && share(node),
    zone: zone && share(zone),
    ready: readFlag(scope, conditions, 'ready', within) ?? true,
    serving: readFlag(scope, conditions, 'serving', within) ?? true,
    terminating: readFlag(scope, conditions, 'terminating', within) ?? false,
    forZones: hints ? readHints(scope, hints, 'forZones', path, share) : NONE,
    forNodes: hints ? readHints(scope, hints, 'forNodes', path, share) : NONE,
  }
  if (addresses.length === 0) {
    if (raw.addresses === undefined || raw.addresses === null || Array.isArray(raw.addresses)) {
      ignore(scope, 'endpoint-without-address', path, 'has no address')
    }
    return undefined
  }
  const at = [...path, 'addresses', 0]
  const address = readAddress(scope, addresses[0], at)
  if (address === undefined) return undefined
  const kind = specialKindOf(address)
  if (familyOf(address) !== family) {
    return ignore(scope, 'wrong-family', at, `${quote(address)} is not an IPv${family} address`)
  }
  // Pods may have addresses of class E: a cluster that has no others left uses them.
  if (kind === undefined || kind === 'class E') return { address, ...rest }
  return warn(scope, 'special-address', at, `${address} is ${formatSpecialKind(kind)}, which no pod has: it is ignored`)
}

function readHints(scope: Scope, hints: Raw, key: string, path: Path, share: (text: string) => string) {
  const at = [...path, 'hints', key]
  const names = readMaps(scope, hints, key, [...path, 'hints']).flatMap((raw, i) => {
    if (!raw) return []
    return readText(scope, raw, 'name', [...at, i]) ?? missing(scope, [...at, i, 'name']) ?? []
  })
  return names.length === 0 ? NONE : names.map(share)
}
