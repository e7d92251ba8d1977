// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest'
import type { XdpRecord } from '../../../src/bpf/generation/xdp-record.ts'
import { planXdp, recordOf, withRefusals, type XdpChoice } from '../../../src/node/edges/xdp-devices.ts'
import { factsOf } from './facts.ts'

const OURS = new Set([5])
const REFUSED: XdpRecord = {
  mode: 'auto',
  refusals: [{ device: 'eth1', ifindex: 2, mtu: 9000, reason: 'MTU too large' }],
}

/** `eth0: reason` of each device without XDP, and the names of the others. */
function plan(devices: readonly string[], choice: XdpChoice = 'auto', record?: XdpRecord): string[] {
  const found = planXdp(factsOf(devices, []).devices, choice, record, OURS)
  return [...[...found.devices.keys()], ...[...found.without].map(([device, reason]) => `${device}: ${reason}`)]
}

describe('a device gets XDP', () => {
  it('by default when its driver may have it: hardware, a bond, a tap', () => {
    expect(plan(['eth0 ether', 'bond0 ether kind=bond', 'tap0 ether kind=tun'])).toEqual(['eth0', 'bond0', 'tap0'])
  })

  it.each([
    ['wg0 none kind=wireguard', 'its packets have no Ethernet header'],
    ['flannel.1 ether kind=vxlan', 'a device of the kind vxlan has no native XDP'],
    ['br0 ether kind=bridge', 'a device of the kind bridge has no native XDP'],
    ['eth0 ether kind=veth', 'the other end of a veth pair takes what XDP transmits only with an XDP program'],
    ['eth0 ether xdp=theirs:7', 'the foreign XDP program theirs (id 7, native) is attached'],
  ])('not by default: %s', (device, reason) => {
    expect(plan([device])).toEqual([expect.stringContaining(`${device.split(' ')[0]}: ${reason}`)])
  })

  it('when a program of balancing is attached, of whichever generation', () => {
    expect(plan(['eth0 ether xdp=express:5'])).toEqual(['eth0'])
  })

  it('not while a refusal stands: another index or MTU may be taken', () => {
    const reason = 'eth1: it refuses native XDP: MTU too large (MTU 9000)'
    expect(plan(['eth0 ether', 'eth1 ether mtu=9000'], 'auto', REFUSED)).toEqual(['eth0', reason])
    expect(plan(['eth0 ether', 'eth1 ether mtu=1500'], 'auto', REFUSED)).toEqual(['eth0', 'eth1'])
    expect(plan(['eth1 ether mtu=9000'], 'auto', REFUSED)).toEqual(['eth1'])
    expect(plan(['eth0 ether', 'eth1 ether mtu=9000'], 'native', REFUSED)).toEqual(['eth0', 'eth1'])
  })

  it('when it is asked for, whatever it is; what cannot have it is refused (4)', () => {
    expect(plan(['eth0 ether kind=veth', 'flannel.1 ether kind=vxlan'], 'native')).toEqual(['eth0', 'flannel.1'])
    for (const [device, reason] of [
      ['wg0 none', 'the device wg0 cannot have native XDP: its packets have no Ethernet header'],
      ['eth0 ether xdp=theirs:7', 'the device eth0 cannot have native XDP: the foreign XDP program theirs'],
    ])
      expect(() => plan([device!], 'native')).toThrow(
        expect.objectContaining({ exitCode: 4, message: expect.stringContaining(reason!) }),
      )
  })

  it('never when it is switched off', () => {
    expect(plan(['eth0 ether'], 'off')).toEqual(['eth0: it is switched off'])
  })

  it('as it is recorded, where nothing is asked for: what was required may have gone', () => {
    const devices = ['eth0 ether kind=veth', 'wg0 none']
    expect(plan(devices, 'present', { mode: 'native', refusals: [] })).toEqual([
      'eth0',
      'wg0: its packets have no Ethernet header',
    ])
    expect(plan(['eth0 ether'], 'present', { mode: 'off', refusals: [] })).toEqual(['eth0: it is switched off'])
    expect(plan(['eth0 ether'], 'present')).toEqual(['eth0: the build that was applied attaches no XDP'])
  })
})

it('a device that did not take its program is without, and the record says so', () => {
  const { devices } = factsOf(['eth0 ether', 'eth1 ether mtu=9000'], [])
  const planned = planXdp(devices, 'auto', undefined, OURS)
  const settled = withRefusals(planned, [{ device: 'eth1', reason: 'MTU too large' }])
  expect([[...settled.devices.keys()], [...settled.without]]).toEqual([
    ['eth0'],
    [['eth1', 'it refuses native XDP: MTU too large (MTU 9000)']],
  ])
  expect(recordOf(settled)).toEqual(REFUSED)
})
