// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from 'vitest'
import { finish } from '../../../src/base/steps.ts'
import { edgesByFacts } from '../../../src/node/edges/edges-by-facts.ts'
import { sourceQuestions } from '../../../src/node/edges/nat-sources.ts'
import { pickEdges } from '../../../src/node/edges/pick-edges.ts'
import { placesIn } from '../../../src/node/edges/places.ts'
import { unservedBackends } from '../../../src/node/edges/unserved.ts'
import { requireOneRouter } from '../../../src/node/edges/virtual-router.ts'
import type { Spec } from '../../../src/spec/spec.ts'
import { factsOf } from './facts.ts'

/** Two nodes in 192.168.1.0/24, with a pod of 10.244.N.0/24 each, and a pod of this node's own network. */
function specWith(more: { here?: string[]; elsewhere?: string[]; own?: string[] } = {}): Spec {
  const endpoint = (address: string, node: string) => ({ address, node }) as never
  const here = ['10.244.1.5', ...(more.here ?? [])]
  const elsewhere = ['10.244.2.7', '10.244.2.6', '192.168.1.2', ...(more.elsewhere ?? [])]
  const endpoints = [
    ...here.map(address => endpoint(address, 'n1')),
    ...elsewhere.map(address => endpoint(address, 'n2')),
    endpoint('192.168.1.1', 'n1'),
  ]
  return {
    nodes: [
      { name: 'n1', addresses: ['192.168.1.1', ...(more.own ?? [])] },
      { name: 'n2', addresses: ['192.168.1.2'] },
    ],
    services: [{ endpoints: [{ ports: [], endpoints }] } as never],
  }
}

const LO = 'lo loopback 127.0.0.1/8'
const ETH0 = 'eth0 ether 192.168.1.1/24'
const UPLINK = ['default dev eth0', '192.168.1.0/24 dev eth0']

interface Case {
  devices: string[]
  routes: string[]
  spec?: Spec
  edges: string[]
  unserved?: Record<string, string[]>
}

const CASES: Record<string, Case> = {
  'Flannel, vxlan': {
    devices: [
      LO,
      ETH0,
      'flannel.1 ether 10.244.1.0/32 kind=vxlan',
      'cni0 ether 10.244.1.1/24 kind=bridge',
      'veth1 ether kind=veth master=cni0',
    ],
    routes: [...UPLINK, '10.244.1.0/24 dev cni0', '10.244.2.0/24 dev flannel.1'],
    edges: ['eth0', 'flannel.1'],
  },
  'Flannel, host-gw': {
    devices: [LO, ETH0, 'cni0 ether 10.244.1.1/24 kind=bridge'],
    routes: [...UPLINK, '10.244.1.0/24 dev cni0', '10.244.2.0/24 dev eth0'],
    edges: ['eth0'],
  },
  'Calico, BGP': {
    devices: [LO, ETH0, 'cali1 ether kind=veth', 'cali2 ether kind=veth'],
    routes: [...UPLINK, '10.244.1.5 dev cali1', '10.244.1.0/24 type blackhole', '10.244.2.0/24 dev eth0'],
    edges: ['eth0'],
  },
  'Calico, IPIP': {
    devices: [LO, ETH0, 'tunl0 ipip 10.244.1.1/32 kind=ipip', 'cali1 ether kind=veth'],
    routes: [...UPLINK, '10.244.1.5 dev cali1', '10.244.2.0/24 dev tunl0'],
    edges: ['eth0', 'tunl0'],
  },
  'Calico, WireGuard: its routes are in a table of their own': {
    devices: [LO, ETH0, 'wireguard.cali none 10.244.1.1/32 kind=wireguard', 'cali1 ether kind=veth'],
    routes: [...UPLINK, '10.244.1.5 dev cali1', '10.244.2.0/24 dev eth0', '10.244.2.0/24 dev wireguard.cali table 1'],
    edges: ['eth0', 'wireguard.cali'],
  },
  'Antrea: one gateway device, with a route for the pods here and others for those elsewhere': {
    devices: [LO, ETH0, 'antrea-gw0 ether 10.244.1.1/24 kind=openvswitch'],
    routes: [...UPLINK, '10.244.1.0/24 dev antrea-gw0', '10.244.2.0/24 dev antrea-gw0'],
    edges: ['eth0', 'antrea-gw0'],
  },
  'OVN: the node address on a bridge, the NIC its port; all pods behind ovn0': {
    devices: [
      LO,
      'eth0 ether master=ovs-system',
      'br-ex ether 192.168.1.1/24 kind=openvswitch',
      'ovn0 ether 100.64.0.2/16 kind=openvswitch',
    ],
    routes: ['default dev br-ex', '192.168.1.0/24 dev br-ex', '10.244.0.0/16 dev ovn0'],
    edges: ['br-ex'],
    unserved: { ovn0: ['10.244.2.6', '10.244.2.7'] },
  },
  'a Linux bridge that holds the node address, a bond as its port': {
    devices: [
      LO,
      'eth0 ether master=bond0',
      'eth1 ether master=bond0',
      'bond0 ether kind=bond master=br0',
      'br0 ether 192.168.1.1/24 kind=bridge',
    ],
    routes: ['default dev br0', '192.168.1.0/24 dev br0', '10.244.2.0/24 dev br0'],
    edges: ['br0'],
  },
  'a bond; its ports have a default route by mistake': {
    devices: [LO, 'eth0 ether master=bond0', 'bond0 ether 192.168.1.1/24 kind=bond'],
    routes: ['default dev bond0', 'default dev eth0 metric 100', '192.168.1.0/24 dev bond0', '10.244.2.0/24 dev bond0'],
    edges: ['bond0'],
  },
  'macvlan: pods here and elsewhere are in the network of the node; a shim leads to those here': {
    devices: [LO, ETH0, 'shim ether 192.168.1.250/32 kind=macvlan'],
    routes: [...UPLINK, '192.168.1.50 dev shim'],
    spec: specWith({ here: ['192.168.1.50', '192.168.1.51'], elsewhere: ['192.168.1.60'] }),
    edges: ['eth0'],
  },
  'a cloud with two network cards: pods of the second one answer by it': {
    devices: [LO, ETH0, 'eth1 ether 192.168.9.1/24', 'eni1 ether kind=veth'],
    routes: [...UPLINK, '10.244.1.5 dev eni1', '192.168.9.0/24 dev eth1', 'default dev eth1 table 2'],
    edges: ['eth0', 'eth1'],
  },
  'the second address of the node on a card of its own, without a default route': {
    devices: [LO, ETH0, 'eth1 ether 172.16.0.1/24'],
    routes: [...UPLINK, '172.16.0.0/24 dev eth1', '10.244.2.0/24 dev eth1'],
    spec: specWith({ own: ['172.16.0.1'] }),
    edges: ['eth0', 'eth1'],
  },
  'a bridge with the only route to pods here and to an endpoint elsewhere is none': {
    devices: [LO, ETH0, 'cni0 ether 10.244.1.1/24 kind=bridge'],
    routes: [...UPLINK, '10.244.1.0/24 dev cni0', '10.244.2.0/24 dev eth0'],
    spec: specWith({ elsewhere: ['10.244.1.99'] }),
    edges: ['eth0'],
    unserved: { cni0: ['10.244.1.99'] },
  },
  'a device that is down, a dummy with the node address, the loopback device': {
    devices: ['lo loopback 192.168.1.1/32', ETH0, 'eth1 ether down', 'kube-ipvs0 ether 192.168.1.1/32 kind=dummy'],
    routes: [...UPLINK, 'default dev eth1 metric 9', '10.244.2.0/24 dev eth0'],
    edges: ['eth0'],
  },
  'multipath, IPv6, and an endpoint without any route': {
    devices: [LO, 'eth0 ether 192.168.1.1/24', 'eth1 ether 192.168.2.1/24', 'eth2 ether fd00:9::1/64'],
    routes: ['10.244.2.0/24 dev eth0 dev eth1', 'fd00:244:2::/64 dev eth2', '192.168.1.0/24 dev eth0'],
    spec: specWith({ elsewhere: ['fd00:244:2::7', '203.0.113.9'] }),
    edges: ['eth0', 'eth1', 'eth2'],
    unserved: { '': ['203.0.113.9'] },
  },
  'a VRF for management with a default route of its own': {
    devices: [LO, 'mgmt ether kind=vrf', 'eth9 ether 172.31.0.1/24 master=mgmt', ETH0],
    routes: [...UPLINK, 'default dev eth9 table 10', '10.244.2.0/24 dev eth0'],
    edges: ['eth0'],
  },
  'the node address in a VRF, behind a bridge': {
    devices: [
      LO,
      'red ether kind=vrf',
      'br0 ether 192.168.1.1/24 kind=bridge master=red',
      'eth0 ether master=br0',
      'eth9 ether 172.31.0.1/24',
    ],
    routes: [
      'default dev br0 table 10',
      'default dev eth9',
      '192.168.1.0/24 dev br0 table 10',
      '10.244.2.0/24 dev br0 table 10',
    ],
    edges: ['br0'],
  },
  'IPv6 only': {
    devices: [LO, 'eth0 ether fd00:1::1/64'],
    routes: ['default6 dev eth0', 'fd00:1::/64 dev eth0'],
    edges: ['eth0'],
    unserved: { '': ['10.244.2.6', '10.244.2.7', '192.168.1.2'] },
  },
}

describe('the edges that the facts of a node give', () => {
  test.each(Object.entries(CASES))('%s', (_, { devices, routes, spec = specWith(), edges, unserved = {} }) => {
    const facts = factsOf(devices, routes)
    const places = finish(placesIn(spec, 'n1'))
    const picked = finish(pickEdges(facts, places))
    expect(picked.map(({ name }) => name)).toEqual(edges)
    const without = unservedBackends(facts, places, new Set(edges))
    expect(Object.fromEntries(without.map(({ devices, endpoints }) => [devices.join(' '), endpoints]))).toEqual(
      unserved,
    )
  })

  test('the kernel is asked for the source to a backend behind the edge, else to another node', () => {
    const { devices, routes } = CASES['Flannel, vxlan']!
    const facts = factsOf(devices, routes)
    const places = finish(placesIn(specWith(), 'n1'))
    expect(finish(sourceQuestions(facts, finish(pickEdges(facts, places)), places))).toEqual([
      { device: 'eth0', destination: '192.168.1.2' },
      { device: 'flannel.1', destination: '10.244.2.6' },
    ])
  })

  test('a host outside the cluster has no address of a node and no endpoint', () => {
    const { own, nodes, endpointsHere } = finish(placesIn(specWith(), null))
    expect([own.size, [...nodes], endpointsHere.size]).toEqual([0, ['192.168.1.1', '192.168.1.2'], 0])
  })
})

test('edges of several virtual routers are refused', () => {
  const { devices } = factsOf([ETH0, 'red ether kind=vrf', 'eth1 ether master=red', 'eth2 ether master=red'], [])
  const [eth0, , eth1, eth2] = devices
  expect(() => requireOneRouter([eth1!, eth2!], devices)).not.toThrow()
  expect(() => requireOneRouter([], devices)).not.toThrow()
  expect(() => requireOneRouter([eth0!, eth1!], devices)).toThrow(
    'no route leads between the edges eth0 and eth1: eth0 is in no VRF, eth1 is in the VRF red',
  )
})

describe('the facts give no edge', () => {
  const reason = (devices: string[], node: string | null, routes = UPLINK) =>
    finish(edgesByFacts(factsOf([LO, ...devices], routes), finish(placesIn(specWith(), node)), node))

  test('to a host outside, to a machine that is none of the spec, and where nothing that is up leads anywhere', () => {
    expect(reason([ETH0], null)).toBe('a host outside the cluster has edges by name only')
    expect(reason(['eth0 ether 198.51.100.9/24'], 'n1')).toBe(
      'no device here has an address that the spec gives the node n1',
    )
    expect(reason([ETH0], 'n3')).toMatch(/^no device here has an address that the spec gives the node n3/)
    expect(reason([`${ETH0} down`], 'n1')).toMatch(/^no device that is up leads to clients/)
  })

  test('but a node of the spec', () => {
    expect(reason([ETH0], 'n1')).toEqual([expect.objectContaining({ name: 'eth0' })])
  })
})
