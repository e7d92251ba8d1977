// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest'
import { deviceIn } from '../../src/host/devices/watch-devices.ts'

/** As ip -o monitor link address and tc monitor of iproute2 6.1 print them. */
test.each([
  ['3: eth0@if7: <BROADCAST,MULTICAST,UP> mtu 1500 qdisc noqueue state UP \\    link/ether 46:4f brd ff:ff', 'eth0'],
  ['Deleted 3: cali1@NONE: <BROADCAST,MULTICAST> mtu 1500 qdisc noop state DOWN \\    link/ether 46:4f', 'cali1'],
  ['3: eth0.5    inet 10.9.9.1/32 scope global eth0.5\\       valid_lft forever preferred_lft forever', 'eth0.5'],
  ['Deleted 3: wg0    inet 10.9.9.1/32 scope global wg0\\       valid_lft forever', 'wg0'],
  ['deleted qdisc clsact ffff: dev eth0 parent ffff:fff1 refcnt 0 ', 'eth0'],
  ['deleted filter dev eth0 ingress protocol all pref 49152 bpf chain 0 handle 0x2 arrive:[*fsobj]', 'eth0'],
  ['  index 1 ref 1 bind 1', undefined],
])('the device in %s', (line, device) => {
  expect(deviceIn(line)).toBe(device)
})
