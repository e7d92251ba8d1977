// SPDX-License-Identifier: Apache-2.0
import type { OutsideRow } from './load.ts'
import type { NodeParty, Topology } from './topology.ts'

const NODES = [1, 2]
const LASTING = 9000
const NODE_PORT = { tcp: 30_080, udp: 30_080, stream: 30_090 }
const VIPS = ['203.0.113.1', '2001:db8::1']

/** Two nodes with two pods each, called 11, 12, 21, 22, and a host outside. */
export const TOPOLOGY: Topology = {
  nodes: NODES.map(
    (n): NodeParty => ({
      name: `n${n}`,
      v4: `192.168.50.${n}`,
      v6: `fd00:50::${n}`,
      pods: [1, 2].map(i => ({ name: `${n}${i}`, v4: `10.244.${n}.1${i}`, v6: `fd00:244:${n}::1${i}` })),
      podRanges: { v4: `10.244.${n}.0/24`, v6: `fd00:244:${n}::/64` },
      podNamespaces: n === 1,
    }),
  ),
  outside: [{ name: 'x1', v4: '192.168.50.100', v6: 'fd00:50::100' }],
  ports: [8080, `${LASTING}+`],
}

/** What the API server has of it: the nodes, and one Service of both families with a backend on each node. */
export const OBJECTS: readonly object[] = [
  ...TOPOLOGY.nodes.map(({ name, v4, v6 }) => ({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name },
    status: { addresses: [v4, v6].map(address => ({ type: 'InternalIP', address })) },
  })),
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace: 'default' },
    spec: {
      type: 'NodePort',
      ipFamilyPolicy: 'RequireDualStack',
      ipFamilies: ['IPv4', 'IPv6'],
      externalIPs: VIPS,
      ports: [
        { name: 'tcp', protocol: 'TCP', port: 80, targetPort: 8080, nodePort: NODE_PORT.tcp },
        { name: 'udp', protocol: 'UDP', port: 80, targetPort: 8080, nodePort: NODE_PORT.udp },
        { name: 'stream', protocol: 'TCP', port: LASTING, targetPort: LASTING, nodePort: NODE_PORT.stream },
      ],
    },
  },
  ...(['v4', 'v6'] as const).map(family => ({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: `web-${family}`, namespace: 'default', labels: { 'kubernetes.io/service-name': 'web' } },
    addressType: family === 'v4' ? 'IPv4' : 'IPv6',
    endpoints: TOPOLOGY.nodes.map(node => ({
      addresses: [node.pods[1]![family]],
      conditions: { ready: true },
      nodeName: node.name,
    })),
    ports: [
      { name: 'tcp', protocol: 'TCP', port: 8080 },
      { name: 'udp', protocol: 'UDP', port: 8080 },
      { name: 'stream', protocol: 'TCP', port: LASTING },
    ],
  })),
]

/** Every way to the Service from outside: by node port of n1, and by external IP. */
const WAYS = TOPOLOGY.nodes
  .slice(0, 1)
  .flatMap(({ v4, v6 }) => [
    ...[v4, v6].map(address => ({ address, ports: NODE_PORT })),
    ...VIPS.map(address => ({ address, ports: { tcp: 80, udp: 80, stream: LASTING } })),
  ])

/** So many streams and flows a way, that both backends have some. */
const EACH = 6

function rowsOf(mode: OutsideRow['mode'], times: number): OutsideRow[] {
  return WAYS.flatMap(({ address, ports }) =>
    Array.from({ length: times }, (): OutsideRow => {
      const port = mode === 'flow' ? ports.udp : ports[mode]
      return { family: address.includes(':') ? 6 : 4, mode, address, port }
    }),
  )
}

export const CALLS = [...rowsOf('tcp', 1), ...rowsOf('udp', 1)]
export const STREAMS = rowsOf('stream', EACH)
export const KEPT = [...STREAMS, ...rowsOf('flow', EACH)]
