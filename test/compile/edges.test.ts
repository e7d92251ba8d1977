// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it, test } from 'vitest'
import { foldAddress } from '../../src/base/address.ts'
import { type Edges, NO_EDGES } from '../../src/compile/edges.ts'
import { unpackSlots } from '../../src/datapath/backend.ts'
import { encodeDevice } from '../../src/datapath/check.ts'
import { decode, decodeU32, encodeU32 } from '../../src/datapath/codec.ts'
import { filterHas } from '../../src/datapath/filter.ts'
import type { Image } from '../../src/datapath/image.ts'
import { addressKey } from '../../src/datapath/keys.ts'
import { enums } from '../../src/datapath/layout.gen.ts'
import type { Endpoint, Service, Spec } from '../../src/spec/spec.ts'
import { compileAt } from '../build/compile.ts'
import { passesGates } from '../edge-prefixes.ts'

const { ADDRESS_CLUSTER_IP, ADDRESS_EXTERNAL, ADDRESS_THIS_NODE } = enums.address_flags
const { SLOTS4 } = enums.slot_counts
const { DEVICE_RAW_IP, DEVICE_POD, DEVICE_OTHER_PROXY } = enums.device_flags

const endpoint = (address: string, node: string): Endpoint => {
  return { address, node, ready: true, serving: true, terminating: false, forZones: [], forNodes: [] }
}
const HERE = endpoint('10.244.0.7', 'n1')
const THERE = endpoint('10.244.1.7', 'n2')

const SERVICE: Service = {
  namespace: 'shop',
  name: 'web',
  clusterIPs: ['10.96.0.1'],
  externalIPs: ['203.0.113.1'],
  loadBalancerIPs: ['192.168.50.1'],
  sourceRanges: [],
  internalTrafficPolicy: 'Cluster',
  externalTrafficPolicy: 'Local',
  ports: [
    { name: 'dns', port: 53, protocol: 'UDP', nodePort: 30053, except: [] },
    { name: 'http', port: 80, protocol: 'TCP', nodePort: 30080, except: [] },
  ],
  endpoints: [
    {
      ports: [
        { name: 'dns', number: 53 },
        { name: 'http', number: 80 },
      ],
      endpoints: [HERE, THERE],
    },
  ],
}
const SPEC: Spec = {
  nodes: [
    { name: 'n1', addresses: ['192.168.50.1', '192.168.60.1', 'fd00:50::1'] },
    { name: 'n2', addresses: ['192.168.50.2'] },
  ],
  services: [SERVICE],
}
const EDGES: Edges = {
  devices: [
    { device: 'eth0', ifindex: 2, nat4: '192.168.50.1', nat6: 'fd00:50::1', rawIp: false, xdp: true },
    { device: 'wg0', ifindex: 70_000, nat4: '10.244.0.0', rawIp: true },
  ],
  otherProxy: true,
}
const at = (edges: Edges, spec = SPEC): Image => compileAt(spec, 'n1', edges).image

const CONFIG_OF_EDGES = ['port_filter', 'devices', 'epoch'] as const

test('without edges an image has nothing of theirs', () => {
  for (const map of CONFIG_OF_EDGES) expect([map, at(NO_EDGES)[map].size]).toEqual([map, 0])
  expect(at({ devices: [], otherProxy: true })).toEqual(at(NO_EDGES))
})

test('an address says that it is external, with edges and without', () => {
  for (const image of [at(EDGES), at(NO_EDGES)]) {
    const flags = (address: string) => decode('address', image.addresses.get(addressKey(address))!).flags
    expect(flags('10.96.0.1')).toBe(ADDRESS_CLUSTER_IP)
    expect(flags('203.0.113.1')).toBe(ADDRESS_EXTERNAL)
    expect(flags('192.168.50.1')).toBe(ADDRESS_EXTERNAL | ADDRESS_THIS_NODE)
  }
})

test('an edge is an entry with a check value; XDP and the name are not in it', () => {
  const { devices } = at(EDGES)
  expect([...devices.keys()].map(decodeU32)).toEqual([2, 70_000])
  expect(devices.get(encodeU32(2))).toBe(
    encodeDevice(2, { nat4: '192.168.50.1', nat6: 'fd00:50::1', flags: DEVICE_OTHER_PROXY }),
  )
  expect(devices.get(encodeU32(70_000))).toBe(
    encodeDevice(70_000, { nat4: '10.244.0.0', nat6: '::', flags: DEVICE_RAW_IP | DEVICE_OTHER_PROXY }),
  )
})

test('the address filter lets through the answers to masqueraded packets', () => {
  expect(filterHas(at(NO_EDGES).address_filter, foldAddress('10.244.0.0'))).toBe(false)
  expect(filterHas(at(EDGES).address_filter, foldAddress('10.244.0.0'))).toBe(true)
})

describe('the port filter', () => {
  const image = at(EDGES)
  const passes = (address: string, port: number, protocol: 'TCP' | 'UDP') =>
    passesGates(image, { address, port, protocol })

  it('has each frontend with an address, under its own port and protocol', () => {
    for (const address of ['10.96.0.1', '203.0.113.1', '192.168.50.1'])
      expect([passes(address, 80, 'TCP'), passes(address, 53, 'UDP'), passes(address, 80, 'UDP')]).toEqual([
        true,
        true,
        false,
      ])
  })

  it('has node ports at the addresses of the node itself only, in the families of the Service', () => {
    for (const address of ['192.168.50.1', '192.168.60.1']) expect(passes(address, 30080, 'TCP')).toBe(true)
    for (const address of ['192.168.50.2', 'fd00:50::1']) expect(passes(address, 30080, 'TCP')).toBe(false)
  })
})

describe('lists in which the programs look for a backend', () => {
  /** Addresses in pages that begin with the DNS port: those of UDP. */
  const paged = (image: Image) =>
    [...image.pages].flatMap(([key, value]) => {
      const { bytes } = decode('page', value).slots
      const count = bytes.findLastIndex(byte => byte !== 0) >> 3
      const backends = unpackSlots(4, decode('page_key', key).block, bytes, count + 1)!
      return backends.filter(({ port }) => port === 53).map(({ address }) => address)
    })
  const members = (image: Image) => [...image.members.keys()].map(key => decode('member', key))
  const clusterOnly = { ...SERVICE, externalIPs: [], loadBalancerIPs: [], ports: SERVICE.ports.map(unpublished) }

  it('are pages of UDP frontends where there is an edge, for the external list', () => {
    const spec = { ...SPEC, services: [clusterOnly] }
    expect(paged(at(NO_EDGES, spec))).toEqual([])
    expect(paged(at(EDGES, spec)).sort()).toEqual(['10.244.0.7', '10.244.1.7'])
    expect(members(at(EDGES, spec))).toEqual([])
  })

  it('are pages of the internal list too where a pod sends packets', () => {
    const spec = { ...SPEC, services: [{ ...clusterOnly, internalTrafficPolicy: 'Local' as const }] }
    const pods = { ...EDGES, devices: [{ device: 'cali0', ifindex: 9, rawIp: false, pod: true }] }
    expect(decode('device', [...at(pods, spec).devices.values()][0]!).flags).toBe(DEVICE_POD | DEVICE_OTHER_PROXY)
    expect(paged(at(pods, spec))).toEqual(['10.244.0.7'])
  })

  it('are members when they are longer than a page', () => {
    const counts = [SLOTS4, SLOTS4 + 1].map(count => {
      const [group] = SERVICE.endpoints
      const endpoints = Array.from({ length: count }, (_, i) => endpoint(`10.244.0.${i + 1}`, 'n1'))
      const image = at(EDGES, {
        ...SPEC,
        services: [{ ...clusterOnly, endpoints: [{ ...group!, endpoints }] }],
      })
      expect(new Set(members(image).map(({ port }) => port))).toEqual(new Set(count > SLOTS4 ? [53] : []))
      return [image.members.size, image.pages.size]
    })
    // One page of UDP; two for each of UDP and TCP.
    expect(counts).toEqual([
      [0, 1],
      [SLOTS4 + 1, 4],
    ])
  })
})

function unpublished({ nodePort: _, ...port }: Service['ports'][number]): Service['ports'][number] {
  return port
}

test('the epoch tells frontends apart, and equal ones have one epoch', () => {
  const epoch = (spec: Spec, edges = EDGES) => decode('epoch', at(edges, spec).epoch.get(encodeU32(0))!).epoch
  const fewer = { ...SPEC, services: [{ ...SERVICE, endpoints: [{ ...SERVICE.endpoints[0]!, endpoints: [HERE] }] }] }
  expect(epoch(fewer)).not.toBe(epoch(SPEC))
  expect(epoch(SPEC)).toBe(
    [...at(EDGES).frontends.values()].reduce(
      (sum, value) => BigInt.asUintN(64, sum + decode('frontend', value).check),
      0n,
    ),
  )
  const other = { ...EDGES, devices: EDGES.devices.slice(1) }
  expect(epoch(structuredClone(SPEC), other)).toBe(epoch(SPEC))
})
