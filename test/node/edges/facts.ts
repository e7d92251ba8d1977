// SPDX-License-Identifier: Apache-2.0

import type { DeviceFacts } from '../../../src/host/devices/device-facts.ts'
import { parseDevices } from '../../../src/host/devices/parse-devices.ts'
import { parseRoutes } from '../../../src/host/devices/parse-routes.ts'
import { readable } from '../../host/readable.ts'

/** A device as a line: `eth0 ether 192.168.1.1/24 fd00::1/64`, with `kind=bridge`, `master=br0`, `mtu=9000`, `xdp=theirs:7`, `down` among its words. */
export function factsOf(devices: readonly string[], routes: readonly string[]): DeviceFacts {
  const routesOf = (family: 4 | 6) =>
    readable(parseRoutes(JSON.stringify(routes.map(routeOf).filter(route => route.family === family)), family))
  return {
    devices: readable(parseDevices(JSON.stringify(devices.map(deviceOf)))),
    routes: [...routesOf(4), ...routesOf(6)],
  }
}

function deviceOf(line: string, index: number) {
  const [name, linkType, ...words] = line.split(' ')
  const given = (word: string) => words.find(w => w.startsWith(`${word}=`))?.slice(word.length + 1)
  const addresses = words.filter(word => word.includes('/')).map(word => word.split('/')[0]!)
  return {
    ifindex: index + 1,
    ifname: name,
    flags: words.includes('down') ? [] : ['UP'],
    link_type: linkType,
    mtu: Number(given('mtu') ?? 1500),
    ...(given('xdp') && { xdp: xdpOf(given('xdp')!) }),
    master: given('master'),
    linkinfo: { info_kind: given('kind') },
    addr_info: addresses.map(local => ({ local, scope: local.startsWith('fe80') ? 'link' : 'global' })),
  }
}

function xdpOf(text: string) {
  const [name, id] = text.split(':')
  return { mode: 1, prog: { id: Number(id), name } }
}

/** `10.244.2.0/24 dev eth0 table 77 metric 5`. A default route is of IPv4, `default6` of IPv6. */
function routeOf(line: string) {
  const [dst = '', ...words] = line.split(' ')
  const after = (word: string) => words[words.indexOf(word) + 1]
  const has = (word: string) => words.includes(word)
  const devices = words.flatMap((word, i) => (word === 'dev' ? [words[i + 1]!] : []))
  return {
    family: dst.includes(':') || dst === 'default6' ? (6 as const) : (4 as const),
    dst: dst.replace('default6', 'default'),
    ...(devices.length > 1 ? { nexthops: devices.map(dev => ({ dev })) } : { dev: devices[0] }),
    ...(has('table') && { table: after('table') }),
    ...(has('metric') && { metric: Number(after('metric')) }),
    ...(has('type') && { type: after('type') }),
  }
}
