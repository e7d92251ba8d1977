// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest'
import type { Device } from '../../../src/host/devices/device-facts.ts'
import { matchesPattern } from '../../../src/node/edges/device-pattern.ts'
import { pickPodDevices, podEdge } from '../../../src/node/edges/pod-devices.ts'

function device(name: string, ifindex: number, more: Partial<Device> = {}): Device {
  const plain = { altNames: [], kind: 'veth', linkType: 'ether', isUp: true, mtu: 1500, addresses: [] }
  return { name, ifindex, ...plain, ...more }
}

const LO = device('lo', 1, { kind: '', linkType: 'loopback' })
const ETH0 = device('eth0', 2, { kind: '', addresses: ['192.168.50.1', 'fd00:50::1'] })
const CNI0 = device('cni0', 3, { kind: 'bridge', addresses: ['10.244.1.1'] })
const CALI1 = device('cali1', 4)
const VETH1 = device('veth1', 5, { master: 'cni0', altNames: ['pod-web'] })
const TUN = device('tun0', 6, { kind: 'tun', linkType: 'none' })
const SLAVE = device('eth1', 8, { kind: '', master: 'bond0' })
const ALL = [LO, ETH0, CNI0, CALI1, VETH1, TUN, device('bond0', 7, { kind: 'bond' }), SLAVE]
const EDGES = new Set(['eth0'])

const pick = (...patterns: string[]) => {
  const { devices, ...rest } = pickPodDevices(ALL, patterns, EDGES)
  return { devices: devices.map(({ name }) => name), ...rest }
}

test.each([
  ['cali1', 'cali*', true],
  ['cali', 'cali*', true],
  ['xcali1', 'cali*', false],
  ['veth1', 'veth?', true],
  ['veth12', 'veth?', false],
  ['a.b', 'a.b', true],
  ['axb', 'a.b', false],
  ['a[1]', 'a[1]', true],
  ['anything', '*', true],
])('%s matches %s: %s', (name, pattern, matches) => {
  expect(matchesPattern(name, pattern)).toBe(matches)
})

test('patterns pick devices, each once, by any of their names; one that matches none is named', () => {
  expect(pick('cali*', 'pod-*', 'veth*', 'lxc*')).toEqual({
    devices: ['cali1', 'veth1'],
    unmatched: ['lxc*'],
    refused: [],
  })
})

test.each([
  ['lo', 'it is the loopback device'],
  ['eth0', 'it is an edge'],
  ['cni0', 'it is a bridge: what goes from port to port does not pass it'],
  ['bond0', 'it is a bond: what goes from port to port does not pass it'],
  ['eth1', 'it is a port of the bond bond0'],
  ['tun0', 'its packets have no Ethernet header'],
])('%s cannot be the device of a pod', (name, reason) => {
  expect(pick(name)).toEqual({ devices: [], unmatched: [], refused: [{ device: name, pattern: name, reason }] })
})

test('a pod that gets itself hears from the device, else its bridge, else the node', () => {
  const natOf = (device: Device, own: string[] = []) => {
    const { nat4, nat6 } = podEdge(device, ALL, own)
    return [nat4, nat6]
  }
  expect(natOf({ ...CALI1, addresses: ['10.0.0.9'] })).toEqual(['10.0.0.9', 'fd00:50::1'])
  expect(natOf(VETH1, ['192.168.50.9'])).toEqual(['10.244.1.1', 'fd00:50::1'])
  expect(natOf(CALI1, ['192.168.50.9', 'fd00:50::9'])).toEqual(['192.168.50.9', 'fd00:50::9'])
  expect(natOf(CALI1)).toEqual(['192.168.50.1', 'fd00:50::1'])
})
