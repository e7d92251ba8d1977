// SPDX-License-Identifier: Apache-2.0
import type { Address } from '../../../base/address.ts'
import { PROTOCOL_NUMBERS } from '../../../base/protocol.ts'
import { compile } from '../../../compile/compile.ts'
import { type Edges, NO_EDGES } from '../../../compile/edges.ts'
import type { Frontend } from '../../../compile/frontend.ts'
import type { Viewpoint } from '../../../compile/viewpoint.ts'
import type { Image } from '../../../datapath/image.ts'
import { frontendKey, UNSPECIFIED } from '../../../datapath/keys.ts'
import type { Service, Spec } from '../../../spec/spec.ts'
import { vipsOf } from '../../../spec/vips.ts'
import type { Client, TranslatedAt } from '../question/client.ts'
import type { Subject } from '../question/subject.ts'

/** What the dataplane of one host does with the Services that an answer depends on. */
export interface View {
  spec: Spec
  viewpoint: Viewpoint
  /** At an edge the external lists of the host apply. */
  translatedAt: TranslatedAt
  image: Image
  /** By key in the map. */
  frontends: ReadonlyMap<string, Frontend>
}

/** `spec` is one of relevantTo: compiling all of a big one takes a third of a second. */
export function viewOf(spec: Spec, { viewpoint, translatedAt }: Client): View {
  const { image, frontends } = compile(spec, viewpoint, EDGES[translatedAt])
  return { spec, viewpoint, translatedAt, image, frontends: new Map(frontends.map(f => [keyOf(f), f])) }
}

/** What a packet meets does not depend on which device is an edge, or a pod's. */
const EDGES: Readonly<Record<TranslatedAt, Edges>> = {
  sockets: NO_EDGES,
  edge: { devices: [{ device: 'eth0', ifindex: 1, rawIp: false }], otherProxy: false },
  'pod-device': { devices: [{ device: 'pod', ifindex: 1, rawIp: false, pod: true }], otherProxy: false },
  nowhere: NO_EDGES,
}

function keyOf({ address, family, port, protocol }: Frontend): string {
  return frontendKey(address ?? UNSPECIFIED[family], port, PROTOCOL_NUMBERS[protocol])
}

/** The spec with only those Services that can decide about a subject's frontends. */
export function relevantTo(subject: Subject, spec: Spec): Spec {
  const addresses = new Set(addressesOf(subject, spec))
  const ports = new Set(nodePortsOf(subject))
  const isRelevant = (service: Service) =>
    vipsOf(service).some(address => addresses.has(address)) ||
    (ports.size > 0 && service.ports.some(port => port.nodePort !== undefined && ports.has(port.nodePort)))
  return { nodes: spec.nodes, services: spec.services.filter(isRelevant) }
}

function addressesOf(subject: Subject, { nodes }: Spec): Address[] {
  const ofNodes = () => nodes.flatMap(node => node.addresses)
  switch (subject.kind) {
    case 'service':
      return nodePortsOf(subject).length > 0 ? [...vipsOf(subject.service), ...ofNodes()] : vipsOf(subject.service)
    case 'nodePort':
      return ofNodes()
    case 'node':
      return subject.node.addresses
    default:
      return [subject.address]
  }
}

function nodePortsOf(subject: Subject): number[] {
  if (subject.kind === 'service') return subject.service.ports.flatMap(port => port.nodePort ?? [])
  return subject.kind === 'destination' || subject.kind === 'nodePort' ? [subject.port] : []
}
