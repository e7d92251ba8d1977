// SPDX-License-Identifier: Apache-2.0
import { API_VERSION } from '../base/form.ts'
import { printEndpointLine } from './line/endpoint.ts'
import { printPortLine } from './line/port.ts'
import { quoted, scalar } from './line/quote.ts'
import { encodeText } from './line/text.ts'
import { membershipOf } from './membership.ts'
import { serviceKey } from './name.ts'
import type { EndpointGroup, ExposedService, Exposure, Node, Service, Spec } from './spec.ts'

export const KIND = 'DataplaneSpec'
export const MODELINE = '# yaml-language-server: $schema=https://balancing.elf.io/schema/v1alpha1/dataplane-spec.json'

/**
 * The canonical text of a spec: made to be read in a pull request, one endpoint a line. A walk; `spec` is sorted. It begins
 * with the canonical text of the exposure.
 */
export function printYaml(spec: Spec): string {
  const exposure = printExposureYaml(spec)
  const endpoints = spec.services.map(printEndpointsOf).join('')
  return `${exposure}${section('endpoints', endpoints)}`
}

/** The canonical text of an exposure: that of a spec up to its endpoints. */
export function printExposureYaml({ nodes, services }: Exposure): string {
  return `${printHead(nodes)}${section('services', services.map(printServiceYaml).join(''))}`
}

/** The canonical text of an exposure up to its Services. */
export function printHead(nodes: readonly Node[]): string {
  const lines = nodes.map(node => `  ${scalar(node.name)}: {${nodeFields(node, scalarInFlow)}}\n`)
  return `${MODELINE}\napiVersion: ${API_VERSION}\nkind: ${KIND}\n${section('nodes', lines.join(''))}`
}

/** A mapping of the document; `entries` are its lines. */
export function section(name: string, entries: string): string {
  return entries === '' ? `${name}: {}\n` : `${name}:\n${entries}`
}

/** The same document as JSON, with the same lines as far as JSON has them. */
export function printJson(spec: Spec): string {
  const endpoints = [...membershipOf(spec)].map(
    ([service, groups]) => `${quoted(service)}: [\n${groups.map(jsonGroup).join(',\n')}\n    ]`,
  )
  return jsonDocument([...exposureSections(spec), `"endpoints": ${jsonSection(endpoints)}`])
}

/** An exposure as JSON. */
export function printExposureJson(exposure: Exposure): string {
  return jsonDocument(exposureSections(exposure))
}

function exposureSections({ nodes, services }: Exposure): string[] {
  const nodeEntries = nodes.map(node => `${quoted(node.name)}: {${nodeFields(node, quoted, quoted)}}`)
  const serviceEntries = services.map(service => `${quoted(serviceKey(service))}: ${jsonService(service)}`)
  return [
    `"apiVersion": ${quoted(API_VERSION)}`,
    `"kind": ${quoted(KIND)}`,
    `"nodes": ${jsonSection(nodeEntries)}`,
    `"services": ${jsonSection(serviceEntries)}`,
  ]
}

function jsonDocument(sections: readonly string[]): string {
  return `{\n  ${sections.join(',\n  ')}\n}\n`
}

function scalarInFlow(text: string): string {
  return scalar(text, true)
}

type Print = (text: string) => string

function nodeFields(node: Node, value: Print, key: Print = text => text): string {
  const fields: string[] = []
  if (node.zone !== undefined) fields.push(`${key('zone')}: ${value(encodeText(node.zone))}`)
  if (node.addresses.length > 0) fields.push(`${key('addresses')}: ${flow(node.addresses, value)}`)
  return fields.join(', ')
}

/** All fields of a Service but its ports, in the order of the file, without the defaults. */
function exposureFields(service: ExposedService, value: Print): [string, string][] {
  const fields: [string, string][] = [['clusterIPs', flow(service.clusterIPs, value)]]
  for (const name of ['externalIPs', 'loadBalancerIPs', 'sourceRanges'] as const) {
    if (service[name].length > 0) fields.push([name, flow(service[name], value)])
  }
  for (const name of ['internalTrafficPolicy', 'externalTrafficPolicy'] as const) {
    if (service[name] !== 'Cluster') fields.push([name, value(service[name])])
  }
  for (const name of ['healthCheckNodePort', 'affinitySeconds'] as const) {
    if (service[name] !== undefined) fields.push([name, String(service[name])])
  }
  return fields
}

/** What the canonical text has of one Service under `services`. */
export function printServiceYaml(service: ExposedService): string {
  let text = `  ${scalar(serviceKey(service))}:\n`
  for (const [name, value] of exposureFields(service, scalarInFlow)) text += `    ${name}: ${value}\n`
  text += service.ports.length === 0 ? '    ports: {}\n' : '    ports:\n'
  for (const port of service.ports) text += `      ${scalar(port.name)}: ${scalar(printPortLine(port))}\n`
  return text
}

/** What the canonical text has of one Service under `endpoints`: nothing when it has none. */
export function printEndpointsOf(service: Service): string {
  const { endpoints } = service
  return endpoints.length === 0 ? '' : `  ${scalar(serviceKey(service))}:\n${endpoints.map(yamlGroup).join('')}`
}

function yamlGroup(group: EndpointGroup): string {
  const ports = group.ports.map(port => `${scalarInFlow(port.name)}: ${port.number}`).join(', ')
  let text = `  - ports: {${ports}}\n    addresses:\n`
  for (const endpoint of group.endpoints) text += `    - ${scalar(printEndpointLine(endpoint))}\n`
  return text
}

function jsonService(service: ExposedService): string {
  const fields = exposureFields(service, quoted).map(([name, value]) => `"${name}": ${value}`)
  const ports = service.ports.map(port => `\n        ${quoted(port.name)}: ${quoted(printPortLine(port))}`)
  const last = ports.length === 0 ? '"ports": {}' : `"ports": {${ports.join(',')}\n      }`
  return `{\n      ${[...fields, last].join(',\n      ')}\n    }`
}

function jsonGroup(group: EndpointGroup): string {
  const ports = group.ports.map(port => `${quoted(port.name)}: ${port.number}`).join(', ')
  const lines = group.endpoints.map(endpoint => `\n        ${quoted(printEndpointLine(endpoint))}`)
  return `      {"ports": {${ports}}, "addresses": [${lines.join(',')}\n      ]}`
}

function jsonSection(entries: readonly string[]): string {
  return entries.length === 0 ? '{}' : `{\n    ${entries.join(',\n    ')}\n  }`
}

function flow(texts: readonly string[], value: Print): string {
  return `[${texts.map(value).join(', ')}]`
}
