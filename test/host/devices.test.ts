// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest'
import { isRawIp, whyNoEdge } from '../../src/host/devices/device-facts.ts'
import { parseDevices } from '../../src/host/devices/parse-devices.ts'
import { parseRoutes } from '../../src/host/devices/parse-routes.ts'
import { parseSources } from '../../src/host/devices/read-sources.ts'
import { routeLookup } from '../../src/host/devices/route-lookup.ts'
import { readable } from './readable.ts'

/** As iproute2 6.1 prints them, shortened. */
const DEVICES = `[{"ifindex":1,"ifname":"lo","flags":["LOOPBACK","UP","LOWER_UP"],"link_type":"loopback","addr_info":[
{"family":"inet","local":"127.0.0.1","prefixlen":8,"scope":"host"}]},
{"ifindex":3,"link":"v1","ifname":"v0","altnames":["enp1s0"],"flags":["BROADCAST","UP"],"mtu":9000,"master":"br0","link_type":"ether",
"linkinfo":{"info_kind":"veth","info_slave_kind":"bridge"},"addr_info":[
{"family":"inet","local":"10.0.0.1","prefixlen":24,"scope":"global","label":"v0"},
{"family":"inet6","local":"fd01::0001","prefixlen":64,"scope":"global"},
{"family":"inet6","local":"fd01::2","prefixlen":64,"scope":"global","deprecated":true},
{"family":"inet6","local":"fd01::3","prefixlen":64,"scope":"global","tentative":true},
{"family":"inet6","local":"fe80::1","prefixlen":64,"scope":"link"}]},
{"ifindex":4,"ifname":"tun9","flags":["POINTOPOINT"],"mtu":1400,
"xdp":{"mode":4,"attached":[{"mode":2,"prog":{"id":7,"name":"theirs","tag":"614b434cd8324ecc"}},{"mode":3,"prog":{"id":8}}]},"link_type":"none","linkinfo":{"info_kind":"tun"},"addr_info":[]},{}]`

const ROUTES4 = `[{"dst":"10.9.0.0/16","gateway":"10.0.0.2","dev":"v0","table":"77","flags":[]},
{"dst":"default","gateway":"10.0.0.254","dev":"v0","flags":[]},
{"type":"blackhole","dst":"10.10.0.0/16","flags":[]},
{"dst":"10.10.1.0/24","dev":"v1","metric":20,"flags":[]},{"dst":"10.10.1.0/24","dev":"v2","metric":10,"flags":[]},
{"dst":"10.11.0.0/17","flags":[],"nexthops":[{"gateway":"10.0.0.3","dev":"v0","weight":1},{"gateway":"10.0.1.4","dev":"v3","weight":1}]},
{"type":"local","dst":"10.0.0.1","dev":"v0","table":"local"},{"type":"broadcast","dst":"10.0.0.255","dev":"v0","table":"local"}]`

test('devices are read, with the addresses that may be sources', () => {
  const [lo, v0, tun9] = readable(parseDevices(DEVICES))
  expect(lo).toMatchObject({ name: 'lo', addresses: [], isUp: true })
  expect(v0).toEqual({
    name: 'v0',
    altNames: ['enp1s0'],
    ifindex: 3,
    kind: 'veth',
    linkType: 'ether',
    isUp: true,
    mtu: 9000,
    xdp: undefined,
    master: 'br0',
    addresses: ['10.0.0.1', 'fd01::1'],
  })
  expect(tun9).toMatchObject({ kind: 'tun', isUp: false, mtu: 1400, xdp: { id: 7, name: 'theirs', mode: 'generic' } })
  expect([lo!, v0!, tun9!].map(isRawIp)).toEqual([false, false, true])
  expect([lo!, v0!, tun9!, { ...tun9!, linkType: 'infiniband' }].map(whyNoEdge)).toEqual([
    'it is the loopback device',
    undefined,
    undefined,
    'its packets have the form "infiniband", neither Ethernet nor raw IP',
  ])
})

test.each([
  ['10.9.1.1', ['77: v0', 'main: v0']],
  ['10.10.1.1', ['main: v2']],
  ['10.10.2.1', ['main: ']],
  ['10.11.127.255', ['main: v0 v3']],
  ['10.11.128.0', ['main: v0']],
  ['8.8.8.8', ['main: v0']],
  ['fd00:244::5', ['main: v1']],
  ['fd01::5', []],
])('a route to %s: the longest prefix of each table, then the least metric', (address, found) => {
  const routes6 = `[{"dst":"fd00:244::/47","dev":"v1","metric":1024},{"type":"multicast","dst":"ff00::/8","dev":"v1","table":"local"}]`
  const routes = [...readable(parseRoutes(ROUTES4, 4)), ...readable(parseRoutes(routes6, 6))]
  expect(routeLookup(routes)(address).map(({ table, devices }) => `${table}: ${devices.join(' ')}`)).toEqual(found)
})

test('no output is no route, but there is always a device', () => {
  expect([parseDevices(''), parseRoutes('', 6)]).toEqual(['ip -d address printed nothing', []])
})

test('sources come by device and destination; a question without an answer is missing', () => {
  const text = `[{"dst":"10.9.1.1","gateway":"10.0.0.254","dev":"v0","prefsrc":"10.0.0.1","flags":[],"uid":0,"cache":[]}]
[{"dst":"fd01::0005","from":"::","dev":"v0","prefsrc":"fd01::1","metric":256,"flags":[],"pref":"medium"}]
[{"dst":"8.8.8.8","dev":"v0"}]
`
  expect([...readable(parseSources(text))]).toEqual([
    ['v0 10.9.1.1', '10.0.0.1'],
    ['v0 fd01::5', 'fd01::1'],
  ])
})
