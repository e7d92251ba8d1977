// SPDX-License-Identifier: Apache-2.0
import { plainCount } from '../../../base/count.ts'
import type { Protocol } from '../../../base/protocol.ts'
import { encodeText } from '../../../spec/line/text.ts'
import { portKey, serviceKey } from '../../../spec/name.ts'
import type { Node, Port, Service } from '../../../spec/spec.ts'
import { vipsOf } from '../../../spec/vips.ts'
import type { Explanation } from '../explanation.ts'
import type { Question } from '../question/question.ts'
import type { View } from '../view/view.ts'
import type { Answered } from './answer.ts'
import { describeDestination } from './no-frontend.ts'

type SubjectSummary = Pick<Explanation, 'summary' | 'place' | 'notes'>

/** What a subject is, and remarks on it. */
export function describeSubject(
  subject: Question['subject'],
  answered: readonly Answered[],
  question: Question,
  view: View,
): SubjectSummary {
  const { spec, places } = question
  switch (subject.kind) {
    case 'service':
      return ofService(subject.service, subject.port, question)
    case 'destination': {
      const { address, port } = subject
      const first = answered[0]!
      const node = spec.nodes.find(n => n.addresses.includes(address))
      const summary = describeDestination(
        { address, port, protocol: first.answer.protocol as Protocol },
        first.frontend,
        view,
      )
      const isOurs = first.frontend || node || view.spec.services.length > 0
      const endpoint = spec.services.find(s => isEndpoint(s, address))
      const what =
        !isOurs && endpoint
          ? `${address} is the address of an endpoint: a direct connection to it is left alone`
          : summary
      return {
        summary: what,
        place: first.answer.place ?? (node ? places.node(node) : null),
        notes: isOurs || endpoint ? [] : [NOT_OURS],
      }
    }
    case 'nodePort': {
      const owner = answered.find(a => a.answer.service !== null)?.answer
      const summary = owner
        ? `${subject.port}/${owner.protocol} is a node port of ${owner.service}`
        : `${subject.port} is no node port of any Service`
      return { summary, place: owner?.place ?? null, notes: [] }
    }
    case 'address':
      return ofAddress(subject.address, question)
    case 'node':
      return ofNode(subject.node, question)
  }
}

const NOT_OURS =
  'headless and ExternalName Services, and load balancer addresses of ipMode Proxy, are in no spec: connections to them are left alone'

function ofService(service: Service, port: Port | undefined, { places }: Question): SubjectSummary {
  const endpoints = new Set(service.endpoints.flatMap(group => group.endpoints.map(e => e.address))).size
  const summary = port
    ? `${portKey(service, port)} is port ${port.port}/${port.protocol} of Service ${serviceKey(service)}`
    : `${serviceKey(service)} is a Service with ${plainCount(service.ports.length, 'port')} and ${plainCount(endpoints, 'endpoint')}`
  const joined = new Set(service.endpoints.flatMap(group => group.ports.map(p => p.name)))
  const lonely = (port ? [port] : service.ports).filter(p => !joined.has(p.name)).map(p => p.name)
  const isOdd = endpoints > 0 && lonely.length > 0
  const notes = isOdd
    ? [`its endpoints have no port named ${lonely.map(name => `"${name}"`).join(', ')}: do the names agree?`]
    : []
  if (service.healthCheckNodePort !== undefined)
    notes.push(
      `balancing agent answers at healthCheckNodePort ${service.healthCheckNodePort} of each node; apply alone does not`,
    )
  return { summary, place: port ? places.port(service, port) : places.service(service), notes }
}

function ofAddress(address: string, { spec, places }: Question): SubjectSummary {
  const owners = spec.services.filter(s => vipsOf(s).includes(address))
  const node = spec.nodes.find(n => n.addresses.includes(address))
  const endpoint = spec.services.some(s => isEndpoint(s, address))
  const parts = [
    ...owners.map(service => `an address of Service ${serviceKey(service)}`),
    ...(node ? [`an address of node ${node.name}`] : []),
    ...(endpoint ? ['the address of an endpoint'] : []),
  ]
  const summary =
    parts.length === 0
      ? `${address} is no address of any Service, node or endpoint`
      : `${address} is ${parts.join(', and ')}`
  const place = owners[0] ? places.service(owners[0]) : node ? places.node(node) : null
  const notes = parts.length === 0 ? ['a connection to it is left alone', NOT_OURS] : []
  if (endpoint && owners.length === 0) notes.push('a direct connection to it is left alone')
  return { summary, place, notes }
}

function ofNode(node: Node, { spec, places }: Question): SubjectSummary {
  const zone = node.zone === undefined ? 'without a zone' : `in zone ${encodeText(node.zone)}`
  const nodePorts = spec.services.flatMap(s => s.ports.filter(p => p.nodePort !== undefined)).length
  const notes = [
    `addresses ${node.addresses.join(', ') || 'none'}`,
    `${plainCount(nodePorts, 'node port')} ${nodePorts === 1 ? 'answers' : 'answer'} there`,
    ...(node.zone === undefined
      ? ['without a zone it ignores zone hints: label it with topology.kubernetes.io/zone']
      : []),
  ]
  return { summary: `${node.name} is a node ${zone}`, place: places.node(node), notes }
}

function isEndpoint(service: Service, address: string): boolean {
  return service.endpoints.some(group => group.endpoints.some(e => e.address === address))
}
