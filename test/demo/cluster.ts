// SPDX-License-Identifier: Apache-2.0
import { hasNamespace, type NodeParty, type Party, type Topology } from '../kernel/topology.ts'
import type { Exported, ExportedEndpoint, ExportedNode } from './export.ts'

/** Where somebody answers HTTP, and with what: `frontend-0@node-a1`. */
export interface Listener {
  address: string
  port: number
  answer: string
}

/** The answer of an endpoint: its pod and node. One that is no pod is called by its Service. */
export function answerOf({ pod, node, service }: ExportedEndpoint): string {
  return pod === undefined ? service : `${pod}@${node}`
}

/** The nodes and pods of exports of one cluster. `clients` are pods that get a network namespace of their own. */
export function topologyOf(exports: readonly Exported[], clients: readonly string[]): Topology {
  const nodes = exports[0]!.nodes.map((node): NodeParty => {
    const pods = podsOf(node, exports)
    return { ...node, pods, podNamespaces: pods.map(pod => pod.name).filter(name => clients.includes(name)) }
  })
  return { nodes, outside: [OUTSIDE], ports: [] }
}

/** A host on the nodes' link that has nothing of balancing. */
export const OUTSIDE: Party = { name: 'outside', v4: '192.168.50.100', v6: 'fd00:50::100' }

/** Who answers on TCP, by the party in whose namespace that is. */
export function listenersOf(exports: readonly Exported[], topology: Topology): Map<string, Listener[]> {
  const homes = new Map<string, string>()
  for (const node of topology.nodes) {
    homes.set(node.v4, node.name).set(node.v6, node.name)
    for (const pod of node.pods) {
      const home = hasNamespace(pod, node) ? pod.name : node.name
      homes.set(pod.v4, home).set(pod.v6, home)
    }
  }
  const found = new Map<string, Map<string, Listener>>()
  for (const endpoint of exports.flatMap(({ endpoints }) => endpoints)) {
    const { address, port, protocol } = endpoint
    const home = homes.get(address)
    if (protocol !== 'TCP' || home === undefined) continue
    if (!found.has(home)) found.set(home, new Map())
    found.get(home)!.set(`${address} ${port}`, { address, port, answer: answerOf(endpoint) })
  }
  return new Map([...found].map(([home, listeners]) => [home, [...listeners.values()]]))
}

/** The pods of a node. An export names only the addresses that Services use; the other family's is made up. */
function podsOf(node: ExportedNode, exports: readonly Exported[]): Party[] {
  const addresses = new Map<string, Set<string>>()
  for (const { pod, address, node: on } of exports.flatMap(({ endpoints }) => endpoints)) {
    if (pod === undefined || on !== node.name || address === node.v4 || address === node.v6) continue
    if (!addresses.has(pod)) addresses.set(pod, new Set())
    addresses.get(pod)!.add(address)
  }
  return [...addresses].map(([name, own], i) => ({
    name,
    v4: [...own].find(a => !a.includes(':')) ?? node.podRanges.v4.replace(/\.0\/24$/, `.${200 + i}`),
    v6: [...own].find(a => a.includes(':')) ?? node.podRanges.v6.replace(/::\/64$/, `::ffff:${i + 1}`),
  }))
}
