// SPDX-License-Identifier: Apache-2.0
import { byCidr, formatCidr, parseCidr } from '../../base/address.ts'
import { parseServiceName } from '../name.ts'
import { byServiceName } from '../normalise.ts'
import type { Service, TrafficPolicy } from '../spec.ts'
import { readAddresses } from './addresses.ts'
import type { Lines } from './lines.ts'
import { PortsReader } from './ports.ts'
import { NONE, readFlow, readNumber, readScalar } from './scalar.ts'

/** A Service, and the line that its entry starts with in both sections. */
export interface ServiceEntry {
  line: string
  service: Service
}

/** The services section, endpoints still empty; undefined when it is not as printYaml writes one that is valid. */
export function readCanonicalServices(lines: Lines): ServiceEntry[] | undefined {
  const entries: ServiceEntry[] = []
  if (lines.skip('services: {}')) return entries
  if (!lines.skip('services:')) return undefined
  const ports = new PortsReader(lines)
  for (let line = lines.take('  '); line !== undefined; line = lines.take('  ')) {
    const service = readService(lines, line, ports)
    if (!service || (entries.length > 0 && byServiceName(entries.at(-1)!.service, service) >= 0)) return undefined
    entries.push({ line, service })
  }
  return entries.length > 0 ? entries : undefined
}

function readService(lines: Lines, line: string, portsReader: PortsReader): Service | undefined {
  const key = line.endsWith(':') ? readScalar(line.slice(0, -1)) : undefined
  const names = key === undefined ? undefined : parseServiceName(key)
  const clusterIPs = readList(lines, '    clusterIPs: ', readAddresses)
  const externalIPs = readList(lines, '    externalIPs: ', readAddresses)
  const loadBalancerIPs = readList(lines, '    loadBalancerIPs: ', readAddresses)
  const sourceRanges = readList(lines, '    sourceRanges: ', readRanges)
  const internalTrafficPolicy = readPolicy(lines, '    internalTrafficPolicy: Local')
  const externalTrafficPolicy = readPolicy(lines, '    externalTrafficPolicy: Local')
  const healthCheck = readNumberField(lines, '    healthCheckNodePort: ', 65535)
  const affinity = readNumberField(lines, '    affinitySeconds: ', 86400)
  const ports = portsReader.read()
  if (!names || !clusterIPs?.length || !externalIPs || !loadBalancerIPs || !sourceRanges || !ports) return undefined
  if (healthCheck === undefined || affinity === undefined) return undefined
  const service: Service = {
    namespace: names.namespace,
    name: names.name,
    clusterIPs,
    externalIPs,
    loadBalancerIPs,
    sourceRanges,
    internalTrafficPolicy,
    externalTrafficPolicy,
    ports,
    endpoints: NONE,
  }
  if (healthCheck > 0) service.healthCheckNodePort = healthCheck
  if (affinity > 0) service.affinitySeconds = affinity
  return service
}

/** The list on the next line when that has this prefix, else the empty one. */
function readList(lines: Lines, prefix: string, read: (text: string) => string[] | undefined): string[] | undefined {
  const text = lines.take(prefix)
  return text === undefined ? NONE : read(text)
}

function readRanges(text: string): string[] | undefined {
  const ranges = readFlow(text)
  const areGood = ranges?.every((range, i) => isRange(range) && (i === 0 || byCidr(ranges[i - 1]!, range) < 0))
  return areGood ? ranges : undefined
}

function isRange(text: string): boolean {
  const cidr = parseCidr(text)
  return cidr !== undefined && formatCidr(cidr) === text
}

function readPolicy(lines: Lines, line: string): TrafficPolicy {
  return lines.skip(line) ? 'Local' : 'Cluster'
}

/** 0 when the next line is not this field. */
function readNumberField(lines: Lines, prefix: string, max: number): number | undefined {
  const text = lines.take(prefix)
  return text === undefined ? 0 : readNumber(text, max)
}
