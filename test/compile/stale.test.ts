// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest'
import { staleIn } from '../../src/compile/stale.ts'
import type { ConnectedSocket } from '../../src/datapath/connected.ts'
import type { Endpoint, Service } from '../../src/spec/spec.ts'
import { pod, service, specWith, vip } from '../kernel/specs.ts'

const P21 = '10.244.2.11'
const DRAINING = { ready: false, serving: true, terminating: true }

function udp(n: number, endpoints: Endpoint[], more: Partial<Service['ports'][0]> = {}): Service {
  return {
    ...service(n),
    ports: [{ name: 'dns', port: 53, protocol: 'UDP', except: [], ...more }],
    endpoints: [{ ports: [{ name: 'dns', number: 8080 }], endpoints }],
  }
}

/** A socket with this original destination that got a backend at p21. */
function socket(original: string, original_port = 53, backend_port = 8080): ConnectedSocket {
  const source = { source: '10.244.1.11', source_port: 40000, socket: 1n, netns: 1 }
  return { ...source, original, original_port, backend: P21, backend_port }
}

it('asks the service port of the original destination, by the address and the port of the backend', () => {
  const isStale = staleIn(specWith(udp(1, [pod('p21')]), udp(2, [pod('p22')])))
  expect(isStale(socket(vip(1)))).toBe(false)
  expect(isStale(socket(vip(1), 53, 9090))).toBe(true)
  // Served elsewhere is not served here.
  expect(isStale(socket(vip(2)))).toBe(true)
  const other = { ports: [{ name: 'metrics', number: 8080 }], endpoints: [pod('p21')] }
  const mixed = udp(1, [pod('p22')])
  expect(staleIn(specWith({ ...mixed, endpoints: [...mixed.endpoints, other] }))(socket(vip(1)))).toBe(true)
})

it('ready or serving is enough, in any slice; policies, hints and terminating play no role', () => {
  const odd = { ready: true, serving: false }
  const hinted = { node: 'n9', forZones: ['nowhere'], forNodes: ['n9'] }
  for (const state of [DRAINING, odd, hinted]) {
    const local: Service = {
      ...udp(1, [pod('p11'), { ...pod('p21'), ...state }]),
      internalTrafficPolicy: 'Local',
      externalTrafficPolicy: 'Local',
    }
    expect(staleIn(specWith(local))(socket(vip(1)))).toBe(false)
  }
  for (const terminating of [false, true]) {
    const gone = { ready: false, serving: false, terminating }
    expect(staleIn(specWith(udp(1, [{ ...pod('p21'), ...gone }])))(socket(vip(1)))).toBe(true)
  }
  const [first, second] = [udp(1, [{ ...pod('p21'), ready: false, serving: false }]), udp(1, [pod('p21')])]
  const both = { ...first, endpoints: [...first.endpoints, ...second.endpoints] }
  expect(staleIn(specWith(both))(socket(vip(1)))).toBe(false)
})

it('knows every address of a Service, and its node port on any address', () => {
  const exposed = { ...udp(1, [pod('p22')], { nodePort: 30053 }), externalIPs: ['203.0.113.1'] }
  const isStale = staleIn(specWith({ ...exposed, loadBalancerIPs: ['203.0.113.2'] }, udp(2, [pod('p21')])))
  for (const address of [vip(1), '203.0.113.1', '203.0.113.2']) expect(isStale(socket(address)), address).toBe(true)
  for (const address of ['192.168.50.1', '127.0.0.1', '::1'])
    expect(isStale(socket(address, 30053)), address).toBe(true)
})

it('an address that is a VIP is no node port', () => {
  const isStale = staleIn(specWith(udp(1, [pod('p21')], { port: 30053 }), udp(2, [pod('p22')], { nodePort: 30053 })))
  expect(isStale(socket(vip(1), 30053))).toBe(false)
})

it('a VIP that an older Service owns is asked there', () => {
  const [older, younger] = [udp(1, [pod('p22')]), udp(2, [pod('p21')], { except: [vip(1)] })]
  const isStale = staleIn(specWith(older, { ...younger, externalIPs: [vip(1)] }))
  expect(isStale(socket(vip(1)))).toBe(true)
})

it('where no Service owns the original destination, any UDP service port may have the backend', () => {
  expect(staleIn(specWith(udp(2, [pod('p21')])))(socket(vip(1)))).toBe(false)
  expect(staleIn(specWith(udp(2, [pod('p22')])))(socket(vip(1)))).toBe(true)
  expect(staleIn(specWith(udp(2, [pod('p21')], { protocol: 'TCP' })))(socket(vip(1)))).toBe(true)
})
