// SPDX-License-Identifier: Apache-2.0
import { formatHostPort } from '../base/address.ts'
import type { ConnectedSocket } from '../datapath/connected.ts'
import type { Service, Spec } from '../spec/spec.ts'

/**
 * Which connected UDP sockets have a backend that is no longer to be used (semantics 1.8). It is to be used as long as
 * some slice says that it is ready or serving, behind the service port of the original destination; policies, topology and
 * terminating play no role, so the answer is the same on every node. When no Service owns
 * that destination any more, any service port will do: a Service that loses an address or its name leaves its clients
 * alone, as it leaves TCP.
 */
export function staleIn(spec: Spec): (socket: ConnectedSocket) => boolean {
  const ports = once(() => udpPorts(spec))
  const nodes = new Set(['127.0.0.1', '::1', ...spec.nodes.flatMap(node => node.addresses)])
  const isNode = (address: string) => nodes.has(address)
  const everywhere = once(() => new Set([...new Set(ports().values())].flatMap(port => [...port.serving()])))
  return ({ original, original_port, backend, backend_port }) => {
    const owner =
      ports().get(formatHostPort(original, original_port)) ??
      (isNode(original) ? ports().get(nodePortKey(original_port)) : undefined)
    return !(owner?.serving() ?? everywhere()).has(formatHostPort(backend, backend_port))
  }
}

/** Whether a change of one Service may have made sockets stale: a UDP port lost a backend that served, or is gone. */
export function losesUdpBackend(old: Service | undefined, now: Service | undefined): boolean {
  const ports = old?.ports.filter(({ protocol }) => protocol === 'UDP') ?? []
  return ports.some(({ name }) => {
    const left = now ? servingOf(now, name) : undefined
    return [...servingOf(old!, name)].some(backend => !left?.has(backend))
  })
}

/** A UDP service port and the backends behind it that serve, as `address:port`. */
interface UdpPort {
  serving: () => Set<string>
}

/** By destination: `address:port`, or a node port, which is the same on every address of every node. */
function udpPorts({ services }: Spec): Map<string, UdpPort> {
  const ports = new Map<string, UdpPort>()
  for (const service of services) {
    const addresses = [...service.clusterIPs, ...service.externalIPs, ...service.loadBalancerIPs]
    for (const { name, protocol, port, nodePort, except } of service.ports) {
      if (protocol !== 'UDP') continue
      const owner = { serving: once(() => servingOf(service, name)) }
      for (const address of addresses) if (!except.includes(address)) ports.set(formatHostPort(address, port), owner)
      if (nodePort !== undefined) ports.set(nodePortKey(nodePort), owner)
    }
  }
  return ports
}

function nodePortKey(port: number): string {
  return `nodePort:${port}`
}

function servingOf({ endpoints }: Service, portName: string): Set<string> {
  const serving = new Set<string>()
  for (const { ports, endpoints: members } of endpoints) {
    const number = ports.find(port => port.name === portName)?.number
    if (number === undefined) continue
    for (const { address, ready, serving: serves } of members) {
      if (ready || serves) serving.add(formatHostPort(address, number))
    }
  }
  return serving
}

/** Works a value out when it is first asked for. */
function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}
