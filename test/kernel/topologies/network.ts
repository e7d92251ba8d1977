// SPDX-License-Identifier: Apache-2.0
import type { Address } from '../../../src/base/address.ts'
import { inFamily } from '../edge-rig.ts'
import type { Party } from '../topology.ts'
import type { Network } from '../world.ts'
import { Script } from './script.ts'
import { CLIENT, NODES, PODS, type Shape } from './shape.ts'

type Node = keyof typeof NODES

/** Where every pod and node answers. */
export const PORT = 8080

/** The network of a shape: a client, two nodes on one link, and what the shape adds. */
export function networkOf(shape: Shape): Network {
  const answering = { ...NODES, ...PODS }
  const homes = Object.entries(answering).map(([name, v4]): [string, Party[]] => [
    name,
    [{ name, v4, v6: inFamily(6, v4) }],
  ])
  return {
    homes: new Map([...homes, ['lan', []], ['x1', []]]),
    ports: [PORT],
    script(prefix) {
      const parties = ['lan', 'x1', 'n1', 'n2', 'p12', 'p22']
      const script = new Script(prefix).namespaces(...parties)
      for (const party of parties) script.run(party, ...UNLIMITED)
      script.ip('lan', 'link add br0 type bridge', 'link set br0 up')
      plug(script, 'x1')
      addAddress(script, 'x1', 'eth0', CLIENT)
      shape.build(script)
      return String(script)
    },
  }
}

/** Every ICMP error leaves, however many did. */
const UNLIMITED = ['ipv4/icmp_ratelimit', 'ipv6/icmp/ratelimit'].map(name => `echo 0 > /proc/sys/net/${name}`)

/** Gives a party a device on a link. */
export function plug(script: Script, party: string, device = 'eth0', bridge = 'br0'): void {
  const port = `${party}-${device}`
  script.ip(
    'lan',
    `link add ${port} type veth peer name ${device} netns @${party}`,
    `link set ${port} master ${bridge} up`,
  )
  script.ip(party, `link set ${device} up`)
}

export function addAddress(script: Script, party: string, device: string, address: Address): void {
  script.both(party, ({ at, link }) => [`address add ${at(address)}${link} dev ${device}`])
}

/** A node whose only device eth0 has its address. */
export function plugNode(script: Script, node: Node): void {
  plug(script, node)
  addAddress(script, node, 'eth0', NODES[node])
}

/** What is for clients far away: the way that the node's own packets take. */
export function routeOutside(script: Script, node: Node): void {
  script.both(node, ({ at }) => [`route add default via ${at(CLIENT)}`])
}

/** Each node reaches the pods of the other by its address on the link. */
export function routeBetweenNodes(script: Script): void {
  script.both('n1', ({ at, link }) => [`route add ${at(podNetworkOf('n2'))}${link} via ${at(NODES.n2)}`])
  script.both('n2', ({ at, link }) => [`route add ${at(podNetworkOf('n1'))}${link} via ${at(NODES.n1)}`])
}

/** Pods behind a routed veth each, as Calico has them. */
export function routedPods(script: Script): void {
  for (const [node, pod] of PLACES) {
    script.ip(node, `link add ${pod} type veth peer name eth0 netns @${pod}`)
    script.ip(node, `address add 169.254.1.1/32 dev ${pod}`, `address add fe80::1/64 dev ${pod}`, `link set ${pod} up`)
    script.both(node, ({ at }) => [`route add ${at(PODS[pod])} dev ${pod}`])
    script.both(pod, ({ at, whole }) => [`address add ${at(PODS[pod])}${whole} dev eth0`])
    script.ip(pod, 'link set eth0 up', 'route add 169.254.1.1 dev eth0', 'route add default via 169.254.1.1')
    script.ip(pod, 'route add default via fe80::1 dev eth0')
  }
}

/** Pods on the ports of a bridge that is their gateway, as of the plugins `bridge` and Flannel. */
export function bridgedPods(script: Script, bridge: string, mtu = 1500): void {
  for (const [node, pod] of PLACES) {
    const gateway = gatewayOf(node)
    script.ip(node, `link add ${bridge} type bridge`)
    addAddress(script, node, bridge, gateway)
    script.ip(node, `link add ${pod} mtu ${mtu} type veth peer name eth0 mtu ${mtu} netns @${pod}`)
    script.ip(node, `link set ${pod} master ${bridge} up`, `link set ${bridge} up`)
    addAddress(script, pod, 'eth0', PODS[pod])
    script.ip(pod, 'link set eth0 up')
    script.both(pod, ({ at }) => [`route add default via ${at(gateway)}`])
  }
}

/** The first address of a pod in the network of a node's pods: of their gateway, or of a tunnel. */
export function gatewayOf(node: Node): Address {
  return node === 'n1' ? '10.244.1.1' : '10.244.2.1'
}

/** The network of a node's pods. The device of Flannel has this address itself. */
export function podNetworkOf(node: Node): Address {
  return node === 'n1' ? '10.244.1.0' : '10.244.2.0'
}

export const PLACES = [
  ['n1', 'p12'],
  ['n2', 'p22'],
] as const
