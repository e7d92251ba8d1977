// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs'
import { load } from 'js-yaml'

/** What an export says of a cluster, as far as a world that answers needs it. Read without balancing's own code. */
export interface Exported {
  nodes: ExportedNode[]
  endpoints: ExportedEndpoint[]
}

export interface ExportedNode {
  name: string
  v4: string
  v6: string
  podRanges: { v4: string; v6: string }
}

/** One address and port of an EndpointSlice. */
export interface ExportedEndpoint {
  /** `namespace/name`. */
  service: string
  address: string
  port: number
  protocol: string
  /** Names of the node and the pod, for endpoints that are pods. */
  node: string | undefined
  pod: string | undefined
  ready: boolean
}

/** The fields that are read here, of all kinds. */
interface Item {
  kind: string
  metadata: { name: string; namespace: string; labels: Record<string, string> }
  spec: { podCIDRs: string[] }
  status: { addresses: { type: string; address: string }[] }
  ports: { port: number; protocol: string }[]
  endpoints: {
    addresses: string[]
    nodeName?: string
    targetRef?: { name: string }
    conditions: { ready: boolean }
  }[]
}

/** Reads what `kubectl get nodes,services,endpointslices -A -o yaml` printed. */
export function readExport(path: string): Exported {
  const { items } = load(readFileSync(path, 'utf8')) as { items: Item[] }
  return {
    nodes: items.filter(item => item.kind === 'Node').map(readNode),
    endpoints: items.filter(item => item.kind === 'EndpointSlice').flatMap(readSlice),
  }
}

function readNode({ metadata, spec, status }: Item): ExportedNode {
  const addresses = status.addresses.filter(({ type }) => type === 'InternalIP').map(({ address }) => address)
  return { name: metadata.name, ...families(addresses), podRanges: families(spec.podCIDRs) }
}

function readSlice({ metadata, endpoints, ports }: Item): ExportedEndpoint[] {
  const service = `${metadata.namespace}/${metadata.labels['kubernetes.io/service-name']}`
  return endpoints.flatMap(({ addresses, nodeName: node, targetRef, conditions }) =>
    ports.map(({ port, protocol }) => ({
      ...{ service, address: addresses[0]!, port, protocol, node },
      ...{ pod: targetRef?.name, ready: conditions.ready },
    })),
  )
}

/** The first of each family; the demo's nodes are dual-stack. */
function families(texts: readonly string[]): { v4: string; v6: string } {
  const v4 = texts.find(text => !text.includes(':'))
  const v6 = texts.find(text => text.includes(':'))
  if (v4 === undefined || v6 === undefined) throw new Error(`not dual-stack: ${texts.join(', ')}`)
  return { v4, v6 }
}
