// SPDX-License-Identifier: Apache-2.0
import { byPorts } from '../normalise.ts'
import type { EndpointGroup, Node } from '../spec.ts'
import { EndpointsReader } from './endpoint-lines.ts'
import type { Lines } from './lines.ts'
import { NONE, readNumber, readScalar } from './scalar.ts'
import type { ServiceEntry } from './services.ts'

/**
 * Reads the endpoints section into the Services. False when it is not as printYaml writes one that is valid; whether the
 * Services have such ports is not looked at.
 */
export function readCanonicalEndpoints(
  lines: Lines,
  nodes: readonly Node[],
  services: readonly ServiceEntry[],
): boolean {
  if (lines.skip('endpoints: {}')) return true
  if (!lines.skip('endpoints:')) return false
  const ports: KnownPorts = new Map()
  const endpoints = new EndpointsReader(lines, nodes)
  let next = 0
  for (let line = lines.take('  '); line !== undefined; line = lines.take('  ')) {
    while (next < services.length && services[next]!.line !== line) next++
    const groups = next < services.length ? readGroups(lines, ports, endpoints) : undefined
    if (!groups) return false
    services[next]!.service.endpoints = groups
    next++
  }
  return next > 0
}

type Ports = EndpointGroup['ports']

/** By their text: thousands of Services have one of a few. */
type KnownPorts = Map<string, Ports>

const PORTS = '  - ports: '

/** The groups of one Service, one at least. */
function readGroups(lines: Lines, known: KnownPorts, reader: EndpointsReader): EndpointGroup[] | undefined {
  let groups: EndpointGroup[] | undefined
  for (let text = lines.take(PORTS); text !== undefined; text = lines.take(PORTS)) {
    const ports = known.get(text) ?? readPorts(text)
    const endpoints = lines.skip('    addresses:') ? reader.read() : undefined
    if (!ports || !endpoints) return undefined
    known.set(text, ports)
    const group = { ports, endpoints }
    if (groups && byPorts(groups.at(-1)!, group) >= 0) return undefined
    if (groups) groups.push(group)
    else groups = [group]
  }
  return groups
}

/** `{NAME: NUMBER, NAME: NUMBER}`, by name. Frozen: many groups share it. */
function readPorts(text: string): Ports | undefined {
  if (text === '{}') return NONE
  if (!text.startsWith('{') || !text.endsWith('}')) return undefined
  const ports: Ports = []
  for (const part of text.slice(1, -1).split(', ')) {
    const colon = part.indexOf(': ')
    const name = colon < 0 ? undefined : readScalar(part.slice(0, colon), true)
    const number = readNumber(part.slice(colon + 2), 65535)
    if (name === undefined || number === undefined || (ports.length > 0 && ports.at(-1)!.name >= name)) return undefined
    ports.push({ name, number })
  }
  return Object.freeze(ports) as Ports
}
