// SPDX-License-Identifier: Apache-2.0
import { type Address, formatCidr, parseAddress, parseCidr } from '../../base/address.ts'
import { nearest } from '../../base/diagnostic.ts'
import type { Path } from '../../base/place.ts'
import { parseEndpointLine } from '../line/endpoint.ts'
import { parsePortLine } from '../line/port.ts'
import { decodeText, textHint } from '../line/text.ts'
import { isName, NAME_HINT, parseServiceName } from '../name.ts'
import { type Problem, problemIn } from '../problem.ts'
import type { Endpoint, EndpointGroup, Node, Port, Service, Spec, TrafficPolicy } from '../spec.ts'

/**
 * The spec that a document of the file form describes, and what is wrong in its names and strings. Passes over everything
 * that is not of the schema's structure: checkStructure speaks of that. The order is the document's.
 */
export function build(document: unknown): { spec: Spec; problems: Problem[] } {
  const root = mapping(document)
  const problems: Problem[] = []
  const nodes = Object.entries(mapping(root.nodes)).map(([name, value]) => buildNode(name, mapping(value), problems))
  const groups = mapping(root.endpoints)
  const services = new Map<string, Service>()
  for (const [key, value] of Object.entries(mapping(root.services))) {
    const service = buildService(key, mapping(value), problems)
    if (service) services.set(key, service)
  }
  for (const [key, value] of Object.entries(groups)) {
    const service = services.get(key)
    const endpoints = list(value).map((group, i) => buildGroup(mapping(group), ['endpoints', key, i], problems))
    if (service) service.endpoints = endpoints
  }
  problems.push(...strays(Object.keys(groups), services, Object.keys(mapping(root.services))))
  return { spec: { nodes, services: [...services.values()] }, problems }
}

function buildNode(name: string, fields: Record<string, unknown>, problems: Problem[]): Node {
  const path = ['nodes', name]
  if (!isName(name)) problems.push(badName(path, name, true))
  const addresses = readList(fields, 'addresses', path, ADDRESS, problems)
  if (typeof fields.zone !== 'string') return { name, addresses }
  const zone = fields.zone === '' ? undefined : decodeText(fields.zone)
  if (zone === undefined) problems.push(badZone([...path, 'zone'], fields.zone))
  return { name, zone: zone ?? '', addresses }
}

function buildService(key: string, fields: Record<string, unknown>, problems: Problem[]): Service | undefined {
  const path = ['services', key]
  const names = parseServiceName(key)
  if (!names) problems.push(badServiceName(path, key))
  const addresses = (field: string): Address[] => readList(fields, field, path, ADDRESS, problems)
  const service: Service = {
    namespace: names?.namespace ?? '',
    name: names?.name ?? '',
    clusterIPs: addresses('clusterIPs'),
    externalIPs: addresses('externalIPs'),
    loadBalancerIPs: addresses('loadBalancerIPs'),
    sourceRanges: readList(fields, 'sourceRanges', path, RANGE, problems),
    internalTrafficPolicy: policy(fields.internalTrafficPolicy),
    externalTrafficPolicy: policy(fields.externalTrafficPolicy),
    ports: buildPorts(mapping(fields.ports), [...path, 'ports'], problems),
    endpoints: [],
  }
  if (typeof fields.healthCheckNodePort === 'number') service.healthCheckNodePort = fields.healthCheckNodePort
  if (typeof fields.affinitySeconds === 'number') service.affinitySeconds = fields.affinitySeconds
  return names && service
}

function buildPorts(lines: Record<string, unknown>, path: Path, problems: Problem[]): Port[] {
  return Object.entries(lines).flatMap(([name, line]) => {
    if (name !== '' && !isName(name)) problems.push(badName([...path, name], name, true))
    if (typeof line !== 'string') return []
    const port = parsePortLine(name, line)
    if (!Array.isArray(port)) return port
    for (const mistake of port) problems.push(problemIn([...path, name], mistake))
    return []
  })
}

function buildGroup(fields: Record<string, unknown>, path: Path, problems: Problem[]): EndpointGroup {
  const ports = Object.entries(mapping(fields.ports)).map(([name, number]) => ({
    name,
    number: typeof number === 'number' ? number : Number.NaN,
  }))
  const endpoints: Endpoint[] = []
  const lines = list(fields.addresses)
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i]
    if (typeof line !== 'string') continue
    const endpoint = parseEndpointLine(line)
    if (!Array.isArray(endpoint)) endpoints.push(endpoint)
    else for (const mistake of endpoint) problems.push(problemIn([...path, 'addresses', i], mistake))
  }
  return { ports, endpoints }
}

/** So many wrong names get a suggestion: looking for each among all Services would be quadratic. */
const SUGGESTIONS = 20

/** The keys of the endpoints section that name no Service. */
function strays(keys: string[], services: ReadonlyMap<string, Service>, declared: string[]): Problem[] {
  const known = new Set(declared)
  return keys
    .filter(key => !services.has(key) && !known.has(key))
    .map((key, i) => {
      const path = ['endpoints', key]
      if (!parseServiceName(key)) return badServiceName(path, key)
      const meant = i < SUGGESTIONS ? nearest(key, services.keys()) : undefined
      const problem = { path, key: true, code: 'unknown-service', message: `there is no Service "${key}"` }
      return meant ? { ...problem, hint: `did you mean "${meant}"?` } : problem
    })
}

interface Reader {
  read: (text: string) => string | undefined
  code: string
  what: string
}

const ADDRESS: Reader = { read: parseAddress, code: 'bad-address', what: 'an IP address' }

const RANGE: Reader = {
  read: text => {
    const cidr = parseCidr(text)
    return cidr && formatCidr(cidr)
  },
  code: 'bad-cidr',
  what: 'a network: ADDRESS/PREFIX',
}

/** The canonical texts of a list. An item that cannot be read becomes a problem and is left out. */
function readList(
  fields: Record<string, unknown>,
  field: string,
  path: Path,
  { read, code, what }: Reader,
  problems: Problem[],
): string[] {
  const texts: string[] = []
  const given = list(fields[field])
  for (let i = 0; i < given.length; i++) {
    const text = given[i]
    if (typeof text !== 'string') continue
    const canonical = read(text)
    if (canonical !== undefined) texts.push(canonical)
    else problems.push({ path: [...path, field, i], code, message: `"${text}" is not ${what}` })
  }
  return texts
}

function badName(path: Path, name: string, key: boolean): Problem {
  return { path, key, code: 'bad-name', message: `"${name}" is not a name`, hint: NAME_HINT }
}

function badZone(path: Path, word: string): Problem {
  return { path, code: 'bad-name', message: `"${word}" is not a name`, hint: textHint(word) }
}

function badServiceName(path: Path, key: string): Problem {
  return { path, key: true, code: 'bad-name', message: `"${key}" is not NAMESPACE/NAME`, hint: NAME_HINT }
}

function policy(value: unknown): TrafficPolicy {
  return value === 'Local' ? 'Local' : 'Cluster'
}

function mapping(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {}
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}
