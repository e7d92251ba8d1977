// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest'
import { compile } from '../../src/compile/compile.ts'
import { EXTERNAL } from '../../src/compile/viewpoint.ts'
import type { Node, Service } from '../../src/spec/spec.ts'

const NODES: Node[] = [
  { name: 'n1', addresses: ['192.168.50.1'] },
  { name: 'n2', addresses: ['192.168.50.2'] },
  { name: 'n3', addresses: ['192.168.50.2'] },
]

const SERVICE: Service = {
  namespace: 'default',
  name: 'web',
  clusterIPs: ['10.96.0.1'],
  externalIPs: [],
  loadBalancerIPs: [],
  sourceRanges: [],
  internalTrafficPolicy: 'Cluster',
  externalTrafficPolicy: 'Local',
  ports: [{ name: '', port: 80, protocol: 'TCP', nodePort: 30080, except: [] }],
  endpoints: [
    {
      ports: [{ name: '', number: 8080 }],
      endpoints: [
        {
          address: '10.244.2.7',
          node: 'n2',
          ready: true,
          serving: true,
          terminating: false,
          forZones: [],
          forNodes: [],
        },
      ],
    },
  ],
}

test('an address that two nodes claim is one frontend, with the local endpoints of both', () => {
  const nodePorts = compile({ nodes: NODES, services: [SERVICE] }, EXTERNAL).frontends.filter(
    ({ kind }) => kind === 'nodePort',
  )
  expect(nodePorts.map(({ address, internal }) => [address, internal.backends.length])).toEqual([
    ['192.168.50.1', 0],
    ['192.168.50.2', 1],
  ])
})
