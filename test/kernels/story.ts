// SPDX-License-Identifier: Apache-2.0
import { printYaml } from '../../src/spec/print.ts'
import type { Endpoint, Port, Service } from '../../src/spec/spec.ts'
import { pod, service, specWith, vip } from '../kernel/specs.ts'

/** What a virtual machine is given: files by name (see test/kernels/init). */
export type Files = Record<string, string>

const PODS = ['p11', 'p12', 'p13']
const V6 = 'fd00:96::1'

/** The pod's IPv6 address, as the test world numbers it. */
function pod6(name: string): Endpoint {
  return { ...pod(name), address: `fd00:244:1::1${name[2]}` }
}

const PORTS: Port[] = [
  { name: 'dns', port: 53, protocol: 'UDP', except: [] },
  { name: 'http', port: 80, protocol: 'TCP', except: [] },
]

/** Service n in front of port 8080 of these pods, those of this node with both their addresses. */
function serviceOf(n: number, pods: readonly string[], more: Partial<Service> = {}): Service {
  const { ports = PORTS } = more
  const endpoints = [...pods.map(pod), ...pods.filter(name => PODS.includes(name)).map(pod6)]
  const groups = [{ ports: ports.map(({ name }) => ({ name, number: 8080 })), endpoints }]
  return { ...service(n), ports, endpoints: pods.length === 0 ? [] : groups, ...more }
}

const NODE_PORT: Port = { name: 'http', port: 80, protocol: 'TCP', nodePort: 30080, except: [] }
const DUAL = { clusterIPs: [vip(1), V6] }
/** Load balancer addresses for nodes only, and for pods only. */
const FOR_NODES = '203.0.113.7'
const FOR_PODS = '203.0.113.8'
const REST = [
  serviceOf(2, []),
  serviceOf(3, ['p21'], { internalTrafficPolicy: 'Local' }),
  serviceOf(4, PODS, { affinitySeconds: 60 }),
  serviceOf(5, PODS),
  serviceOf(6, ['p12'], { clusterIPs: [vip(6), 'fd00:96::6'], ports: [NODE_PORT] }),
  serviceOf(7, ['p12'], { ports: PORTS, loadBalancerIPs: [FOR_NODES], sourceRanges: ['192.168.50.0/24'] }),
  serviceOf(8, ['p12'], { ports: PORTS, loadBalancerIPs: [FOR_PODS], sourceRanges: ['10.244.0.0/16'] }),
]

/** What is done with sockets, in words of test/kernel/talk.c, and what each call must say; without a feature, what else. */
interface Scene {
  what: string
  calls: [call: string, says: string, without?: Record<string, string>][]
}

export function answersOf({ calls }: Scene, lacks: readonly string[]): string[] {
  return calls.map(([, says, without = {}]) => lacks.map(feature => without[feature]).find(Boolean) ?? says)
}

const KINDS = [
  { family: '4', address: vip(1), node: '192.168.50.1', print: (a: string, port: number) => `${a}:${port}` },
  { family: '6', address: V6, node: 'fd00:50::1', print: (a: string, port: number) => `[${a}]:${port}` },
  { family: '46', address: vip(1), node: '192.168.50.1', print: (a: string, port: number) => `[::ffff:${a}]:${port}` },
]

export const SCENES: readonly Scene[] = [
  ...KINDS.flatMap(({ family, address, node, print }): Scene[] => [
    {
      what: `TCP over IPv${family}: answered, and getpeername() shows the VIP`,
      calls: [
        [`open ${family} tcp`, 'ok'],
        [`connect ${address} 80`, 'ok'],
        ['peer', print(address, 80)],
        ['hear', 'p11:8080 -'],
      ],
    },
    {
      what: `connected UDP over IPv${family}: answered, and getpeername() and recvfrom() show the VIP`,
      calls: [
        [`open ${family} udp`, 'ok'],
        [`connect ${address} 53`, 'ok'],
        ['peer', print(address, 53)],
        ['send', 'ok'],
        ['hear', `p11:8080 ${print(address, 53)}`],
      ],
    },
    {
      what: `unconnected UDP over IPv${family}: the answer comes from the VIP`,
      calls: [
        [`open ${family} udp`, 'ok'],
        [`sendto ${address} 53`, 'ok'],
        ['hear', `p11:8080 ${print(address, 53)}`],
      ],
    },
    {
      what: `node port over IPv${family}`,
      calls: [
        [`open ${family} tcp`, 'ok'],
        [`connect ${node} 30080`, 'ok'],
        ['peer', print(node, 30080)],
        ['hear', 'p12:8080 -'],
      ],
    },
  ]),
  ...[
    { why: 'no endpoint', address: vip(2), port: 80, errno: 'ECONNREFUSED' },
    { why: 'no endpoint here under policy Local', address: vip(3), port: 80, errno: 'EHOSTUNREACH' },
    { why: 'unknown port of a VIP', address: vip(1), port: 81, errno: 'ECONNREFUSED' },
  ].map(
    ({ why, address, port, errno }): Scene => ({
      what: `${why}: TCP fails`,
      calls: [
        ['open 4 tcp', 'ok'],
        [`connect ${address} ${port}`, errno, { errno: 'EPERM' }],
      ],
    }),
  ),
  {
    what: 'no endpoint: UDP fails, connected or not',
    calls: [
      ['open 4 udp', 'ok'],
      [`connect ${vip(2)} 53`, 'ECONNREFUSED', { errno: 'EPERM' }],
      ['open 46 udp', 'ok'],
      [`sendto ${vip(2)} 53`, 'ECONNREFUSED', { errno: 'EPERM' }],
    ],
  },
  ...[
    { family: '4', address: '127.0.0.1', shown: '127.0.0.1:30080' },
    { family: '6', address: '::1', shown: '[::1]:30080' },
  ].map(
    ({ family, address, shown }): Scene => ({
      what: `node port on ${address}`,
      calls: [
        [`open ${family} tcp`, 'ok'],
        [`connect ${address} 30080`, 'ok', { loopback: 'ECONNREFUSED' }],
        ['peer', shown, { loopback: 'ENOTCONN' }],
        ['hear', 'p12:8080 -', { loopback: 'ENOTCONN' }],
      ],
    }),
  ),
  {
    what: 'Multipath TCP: answered, and getpeername() shows the VIP',
    calls: [
      ['open 4 mptcp', 'ok', { mptcp: 'EPROTONOSUPPORT' }],
      [`connect ${vip(1)} 80`, 'ok', { mptcp: 'EBADF' }],
      ['peer', `${vip(1)}:80`, { mptcp: 'EBADF' }],
      ['hear', 'p11:8080 -', { mptcp: 'EBADF' }],
    ],
  },
  {
    what: 'source ranges: a process of the node is answered where the node is in them',
    calls: [
      ['open 4 udp', 'ok'],
      [`sendto ${FOR_NODES} 53`, 'ok'],
      ['hear', `p12:8080 ${FOR_NODES}:53`, { 'host-source': 'EAGAIN' }],
      ['open 4 tcp', 'ok'],
      [`connect ${FOR_NODES} 80`, 'ok', { 'host-source': 'EINPROGRESS' }],
    ],
  },
  {
    what: 'source ranges: a process of the node fails at once where the node is not',
    calls: [
      ['open 4 udp', 'ok'],
      [`sendto ${FOR_PODS} 53`, 'EHOSTUNREACH', { 'host-source': 'ok' }],
      ['open 4 tcp', 'ok'],
      [`connect ${FOR_PODS} 80`, 'EHOSTUNREACH', { 'host-source': 'ok' }],
    ],
  },
]

/** The calls of another network namespace than the node's, as a pod has one. */
export const POD_SCENES: readonly Scene[] = [
  {
    what: 'a pod in the source ranges is answered',
    calls: [
      ['open 4 udp', 'ok'],
      [`sendto ${FOR_PODS} 53`, 'ok'],
      ['hear', `p12:8080 ${FOR_PODS}:53`],
      ['open 4 tcp', 'ok'],
      [`connect ${FOR_PODS} 80`, 'ok'],
      ['hear', 'p12:8080 -'],
    ],
  },
  {
    what: 'what a pod outside of the source ranges sends is dropped',
    calls: [
      ['open 4 udp', 'ok'],
      [`sendto ${FOR_NODES} 53`, 'ok'],
      ['hear', 'EAGAIN'],
      ['open 4 tcp', 'ok'],
      [`connect ${FOR_NODES} 80`, 'EINPROGRESS'],
    ],
  },
  {
    what: "the loopback of a pod is the pod's",
    calls: [
      ['open 4 tcp', 'ok'],
      ['connect 127.0.0.1 30080', 'ECONNREFUSED'],
    ],
  },
]

const HELD: Scene = {
  what: 'before a change, a connected UDP socket has the old backend',
  calls: [
    ['open 4 udp', 'ok'],
    [`connect ${vip(1)} 53`, 'ok'],
    ['send', 'ok'],
    ['hear', `p11:8080 ${vip(1)}:53`],
  ],
}

const CHANGED: Scene = {
  what: 'after the change the socket is ended, and connects anew',
  calls: [
    ['hear', 'ECONNABORTED'],
    [`connect ${vip(1)} 53`, 'ok'],
    ['send', 'ok'],
    ['hear', `p12:8080 ${vip(1)}:53`],
  ],
}

/** The calls of one process, before and after p11 gave way to p12. */
export const CHANGING: readonly Scene[] = [HELD, CHANGED]

/** What dial.c is asked: who answers in many connections to the Service with affinity and to the one without. */
export const DIALS = { affinity: vip(4), spread: vip(5) }

export function filesOf(): Files {
  const talk = (scenes: readonly Scene[]) =>
    scenes.flatMap(({ calls }) => calls.map(([call]) => `s ${call}\n`)).join('')
  const addresses = [
    '192.168.50.1/32',
    'fd00:50::1/128',
    ...PODS.flatMap(p => [`${pod(p).address}/32`, `${pod6(p).address}/128`]),
  ]
  const names = PODS.flatMap(name => [`${name}=${pod(name).address}`, `${name}=${pod6(name).address}`])
  return {
    'one.yaml': printYaml(specWith(serviceOf(1, ['p11'], DUAL), ...REST)),
    'two.yaml': printYaml(specWith(serviceOf(1, ['p12'], DUAL), ...REST)),
    addresses: `${addresses.join('\n')}\n`,
    echo: `8080 ${names.join(' ')}\n`,
    talk: talk(SCENES),
    'talk-pod': talk(POD_SCENES),
    'talk-held': talk([HELD]),
    'talk-changed': talk([CHANGED]),
    dial: Object.entries(DIALS)
      .map(([id, address]) => `${id} 4 tcp ${address} 80 40 5000\n`)
      .join(''),
  }
}
