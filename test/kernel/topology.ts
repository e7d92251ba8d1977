// SPDX-License-Identifier: Apache-2.0
import type { Address } from '../../src/base/address.ts'

/** Somebody with an address of each family. */
export interface Party {
  name: string
  v4: Address
  v6: Address
}

export interface NodeParty extends Party {
  pods: Party[]
  /** The pods' networks, which the other nodes route to this one. */
  podRanges: { v4: string; v6: string }
  /** Which pods have a network namespace each: all, or by name. The others are addresses inside the node's. */
  podNamespaces: boolean | readonly string[]
}

/** Nodes and hosts on one link, pods behind the nodes. */
export interface Topology {
  nodes: NodeParty[]
  outside: Party[]
  /**
   * Ports on which everybody answers, TCP and UDP; with none there are no servers. At `9000+` a TCP connection stays and gets
   * an answer to each message.
   */
  ports: (number | `${number}+`)[]
}

const NODES = [1, 2, 3]
const PODS = [1, 2, 3, 4]

/**
 * The world of shared/data: n1…n3 at 192.168.50.N, pods pNI at 10.244.N.1I, x1 outside. Pods of n1 have namespaces,
 * as clients must; those of n2 and n3 only answer, from wherever their addresses are.
 */
export const STANDARD: Topology = {
  nodes: NODES.map(n => ({
    name: `n${n}`,
    v4: `192.168.50.${n}`,
    v6: `fd00:50::${n}`,
    pods: PODS.map(i => ({ name: `p${n}${i}`, v4: `10.244.${n}.1${i}`, v6: `fd00:244:${n}::1${i}` })),
    podRanges: { v4: `10.244.${n}.0/24`, v6: `fd00:244:${n}::/64` },
    podNamespaces: n === 1,
  })),
  outside: [{ name: 'x1', v4: '192.168.50.100', v6: 'fd00:50::100' }],
  ports: [8080, 8081, 8443, 5353],
}

/** The namespaces, by short name, with everybody who lives in each. */
export function residents(topology: Topology): Map<string, Party[]> {
  const all = new Map<string, Party[]>([['lan', []]])
  for (const node of topology.nodes) {
    all.set(node.name, [node, ...node.pods.filter(pod => !hasNamespace(pod, node))])
    for (const pod of node.pods) if (hasNamespace(pod, node)) all.set(pod.name, [pod])
  }
  for (const host of topology.outside) all.set(host.name, [host])
  return all
}

export function hasNamespace(pod: Party, { podNamespaces }: NodeParty): boolean {
  return typeof podNamespaces === 'boolean' ? podNamespaces : podNamespaces.includes(pod.name)
}

/** The shell script that builds the networks; `prefix` comes before every namespace name. */
export function networkScript(topology: Topology, prefix: string): string {
  const names = [...residents(topology).keys()]
  return [
    'set -e',
    ...names.flatMap(name => newNamespace(prefix + name)),
    `ip -n ${prefix}lan link add br0 type bridge`,
    `ip -n ${prefix}lan link set br0 up`,
    ...[...topology.nodes, ...topology.outside].flatMap(party => plug(party, prefix)),
    ...topology.nodes.flatMap(node => nodeNetwork(node, topology, prefix)),
    ...topology.outside.flatMap(host => inside(prefix + host.name, podRoutes(topology.nodes))),
  ].join('\n')
}

/** Forwards, as nodes must, and has IPv6 addresses that are usable at once (no duplicate address detection). */
export function newNamespace(namespace: string): string[] {
  const settings = [
    'echo 0 > /proc/sys/net/ipv6/conf/default/accept_dad',
    'echo 1 > /proc/sys/net/ipv6/conf/all/forwarding',
    'echo 1 > /proc/sys/net/ipv4/ip_forward',
  ]
  return [
    `ip netns add ${namespace}`,
    `ip netns exec ${namespace} sh -c '${settings.join('; ')}'`,
    `ip -n ${namespace} link set lo up`,
  ]
}

function plug({ name, v4, v6 }: Party, prefix: string): string[] {
  return [
    `ip -n ${prefix}lan link add ${name} type veth peer name eth0 netns ${prefix}${name}`,
    `ip -n ${prefix}lan link set ${name} master br0 up`,
    ...inside(prefix + name, [
      `address add ${v4}/24 dev eth0`,
      `address add ${v6}/64 dev eth0 nodad`,
      'link set eth0 up',
    ]),
  ]
}

function nodeNetwork(node: NodeParty, topology: Topology, prefix: string): string[] {
  const others = topology.nodes.filter(other => other !== node)
  return [
    ...inside(prefix + node.name, podRoutes(others)),
    ...node.pods.flatMap(pod =>
      hasNamespace(pod, node) ? podNetwork(pod, node, prefix) : podAddresses(pod, node, prefix),
    ),
  ]
}

/** The way to the pods behind these nodes. */
function podRoutes(nodes: readonly NodeParty[]): string[] {
  return nodes.flatMap(({ podRanges, v4, v6 }) => [
    `route add ${podRanges.v4} via ${v4}`,
    `route add ${podRanges.v6} via ${v6}`,
  ])
}

function podAddresses({ v4, v6 }: Party, node: NodeParty, prefix: string): string[] {
  return inside(prefix + node.name, [`address add ${v4}/32 dev lo`, `address add ${v6}/128 dev lo nodad`])
}

/** A pod's end of a link to its node: a /32 and /128 with the node's link-local address as the gateway. */
function podNetwork({ name, v4, v6 }: Party, node: NodeParty, prefix: string): string[] {
  return [
    `ip -n ${prefix}${node.name} link add ${name} type veth peer name eth0 netns ${prefix}${name}`,
    ...inside(prefix + node.name, [
      `address add 169.254.1.1/32 dev ${name}`,
      `address add fe80::1/64 dev ${name} nodad`,
      `link set ${name} up`,
      `route add ${v4} dev ${name}`,
      `route add ${v6} dev ${name}`,
    ]),
    ...inside(prefix + name, [
      `address add ${v4}/32 dev eth0`,
      `address add ${v6}/128 dev eth0 nodad`,
      'link set eth0 up',
      'route add 169.254.1.1 dev eth0',
      'route add default via 169.254.1.1',
      'route add default via fe80::1 dev eth0',
    ]),
  ]
}

/** `ip` commands in one namespace, by one process. */
function inside(namespace: string, commands: string[]): string[] {
  return [`ip -n ${namespace} -batch - <<'END'`, ...commands, 'END']
}
