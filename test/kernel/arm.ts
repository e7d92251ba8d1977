// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from 'node:child_process'

export const OUTSIDE_MAC = Uint8Array.from([2, 0, 0, 0, 0, 1])
export const NODE_MAC = Uint8Array.from([2, 0, 0, 0, 0, 2])
/** The addresses of the node's device: what packets to backends elsewhere get as their source. */
export const NODE_ADDRESSES = { 4: '10.77.0.1', 6: 'fd00:77::1' } as const
const OUTSIDE = { 4: '10.77.0.2', 6: 'fd00:77::2' } as const

/**
 * A node with one device, `node`, and all others behind it: clients and backends are where `outside` leads to. What is
 * forwarded leaves by the device that it came by. Names of network namespaces; interface numbers.
 */
export interface Arm {
  outside: string
  node: string
  outsideIndex: number
  nodeIndex: number
}

/** Makes an arm; its namespaces begin with `id`. Checksums are complete: a native XDP program sees them as they are. */
export function makeArm(id: string, name: string): Arm {
  const [outside, node] = [`${id}-${name}-outside`, `${id}-${name}-node`]
  execFileSync('sh', ['-s'], { input: script(outside, node), stdio: ['pipe', 'pipe', 'pipe'] })
  return { outside, node, outsideIndex: indexOf(outside, 'outside'), nodeIndex: indexOf(node, 'node') }
}

/** Attaches a pinned XDP program natively, in place of the one that is there. */
export function attachXdp(namespace: string, device: string, pin: string): void {
  within(namespace, 'bpftool', ['net', 'attach', 'xdpdrv', 'pinned', pin, 'dev', device, 'overwrite'])
}

/** Attaches two pinned tc programs to the node's device. */
export function attachTc({ node }: Arm, arrive: string, depart: string): void {
  within(node, 'tc', ['qdisc', 'add', 'dev', 'node', 'clsact'])
  for (const [direction, pin] of [
    ['egress', depart],
    ['ingress', arrive],
  ] as const) {
    const at = ['dev', 'node', direction, 'pref', '49152', 'handle', '1']
    within(node, 'tc', ['filter', 'replace', ...at, 'bpf', 'direct-action', 'object-pinned', pin])
  }
}

/** Detaches them. */
export function detachTc({ node }: Arm): void {
  within(node, 'tc', ['qdisc', 'del', 'dev', 'node', 'clsact'])
}

/** Runs a command in a network namespace; the file systems are those of this process. */
export function within(namespace: string, program: string, args: readonly string[], input = ''): string {
  const command = [`--net=/run/netns/${namespace}`, program, ...args]
  return execFileSync('nsenter', command, { input, encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'] })
}

function indexOf(namespace: string, device: string): number {
  const [link] = JSON.parse(execFileSync('ip', ['-n', namespace, '-j', 'link', 'show', device], { encoding: 'utf8' }))
  return link.ifindex
}

function script(outside: string, node: string): string {
  return `set -e
for namespace in ${outside} ${node}; do
  ip netns add $namespace
  ip -n $namespace link set lo up
done
ip -n ${node} link add node type veth peer name outside netns ${outside}
ip -n ${outside} link set outside address 02:00:00:00:00:01 up
ip -n ${node} link set node address 02:00:00:00:00:02 up
nsenter --net=/run/netns/${outside} ethtool -K outside tx off gro on > /dev/null
nsenter --net=/run/netns/${node} ethtool -K node tx off gro on > /dev/null
ip -n ${node} -batch - <<'END'
address add ${NODE_ADDRESSES[4]}/24 dev node
address add ${NODE_ADDRESSES[6]}/64 dev node nodad
neighbor add ${OUTSIDE[4]} lladdr 02:00:00:00:00:01 dev node nud permanent
neighbor add ${OUTSIDE[6]} lladdr 02:00:00:00:00:01 dev node nud permanent
route add default via ${OUTSIDE[4]}
END
ip -6 -n ${node} route add default via ${OUTSIDE[6]}
ip -n ${outside} -batch - <<'END'
address add ${OUTSIDE[4]}/24 dev outside
address add ${OUTSIDE[6]}/64 dev outside nodad
neighbor add ${NODE_ADDRESSES[4]} lladdr 02:00:00:00:00:02 dev outside nud permanent
neighbor add ${NODE_ADDRESSES[6]} lladdr 02:00:00:00:00:02 dev outside nud permanent
route add default via ${NODE_ADDRESSES[4]}
END
ip -6 -n ${outside} route add default via ${NODE_ADDRESSES[6]}
nsenter --net=/run/netns/${node} sh -ec '
  echo 1 > /proc/sys/net/ipv4/ip_forward
  echo 1 > /proc/sys/net/ipv6/conf/all/forwarding
  for place in all node; do
    echo 0 > /proc/sys/net/ipv4/conf/$place/send_redirects
    echo 0 > /proc/sys/net/ipv4/conf/$place/rp_filter
  done'
nsenter --net=/run/netns/${outside} sh -ec '
  for place in all outside; do echo 0 > /proc/sys/net/ipv4/conf/$place/rp_filter; done'
`
}
