// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest'
import { printDiagnostic } from '../../src/base/print-diagnostic.ts'
import { codes, renderObjects } from '../build/load.ts'
import { node, service, slice } from '../build/objects.ts'

type Spec = Record<string, unknown>
let next = 0
/** A Service with a cluster IP of its own. */
const named = (name: string, created: string | undefined, spec: Spec = {}, ingress?: Spec[]) =>
  service({
    name,
    ...(created === undefined ? {} : { created }),
    spec: { clusterIPs: [`10.96.1.${++next}`], ...spec },
    ...(ingress ? { ingress } : {}),
  })
const rendered = (...objects: unknown[]) => renderObjects(node(), slice(), ...objects)
const except = (result: ReturnType<typeof rendered>) =>
  Object.fromEntries(result.spec.services.map(s => [s.name, s.ports.flatMap(port => port.except)]))
const EARLY = '2026-01-01T00:00:00Z'
const LATE = '2026-01-02T00:00:00Z'
const EXTERNAL = { externalIPs: ['1.2.3.4'] }

describe('a VIP that two Services claim', () => {
  it('belongs to the older one', () => {
    const result = rendered(named('a', LATE, EXTERNAL), named('b', EARLY, EXTERNAL))
    expect(except(result)).toEqual({ a: ['1.2.3.4'], b: [] })
    expect(codes(result)).toEqual(['warning frontend-claimed-twice'])
    expect(result.summary.frontends).toBe(3)
    expect(printDiagnostic(result.diagnostics[0]!)).toMatch(
      /^a\.yaml:1:\d+: warning\[frontend-claimed-twice\] Service shop\/a: 1\.2\.3\.4:80\/TCP belongs to Service shop\/b, which came first \(the other one is at a\.yaml:1\)\n/,
    )
  })
  it('belongs to the first by name when they are equally old, and to the one whose age is known', () => {
    expect(except(rendered(named('b', EARLY, EXTERNAL), named('a', EARLY, EXTERNAL)))).toEqual({
      a: [],
      b: ['1.2.3.4'],
    })
    for (const [known, unknown] of ['ab', 'ba']) {
      const result = rendered(named(known!, LATE, EXTERNAL), named(unknown!, undefined, EXTERNAL))
      expect(except(result)).toEqual({ [known!]: [], [unknown!]: ['1.2.3.4'] })
    }
  })
  it('whatever the kinds', () => {
    const balancer = named('b', LATE, { type: 'LoadBalancer' }, [{ ip: '1.2.3.4' }])
    expect(except(rendered(named('a', EARLY, EXTERNAL), balancer))).toEqual({ a: [], b: ['1.2.3.4'] })
    const thief = named('b', LATE, { externalIPs: ['10.96.9.9'] })
    expect(except(rendered(named('a', EARLY, { clusterIPs: ['10.96.9.9'] }), thief))).toEqual({
      a: [],
      b: ['10.96.9.9'],
    })
  })
  it('only for the same port and protocol', () => {
    const ports = [
      { name: 'http', port: 80, protocol: 'TCP' },
      { name: 'other', port: 81, protocol: 'TCP' },
      { name: 'udp', port: 80, protocol: 'UDP' },
    ]
    const result = rendered(named('a', EARLY, EXTERNAL), named('b', LATE, { ...EXTERNAL, ports }))
    expect(result.spec.services[1]?.ports.map(port => port.except)).toEqual([['1.2.3.4'], [], []])
  })
  it('not when the other one does not count', () => {
    const result = rendered(named('a', EARLY, { ...EXTERNAL, type: 'ExternalName' }), named('b', LATE, EXTERNAL))
    expect(codes(result)).toEqual([])
  })
})

describe('an address that the API server allocated', () => {
  const dns = (created: string) => named('dns', created, { clusterIPs: ['10.96.0.10'] })
  const thief = (fields: Spec) => named('a-thief', EARLY, { externalIPs: ['10.96.0.10'], ...fields })
  it('stays with its Service, whatever an older one declares', () => {
    const result = rendered(dns(LATE), thief({}))
    expect(except(result)).toEqual({ dns: [], 'a-thief': ['10.96.0.10'] })
    expect(result.diagnostics.map(d => d.message)).toEqual([
      'Service shop/a-thief: 10.96.0.10 is the cluster IP of Service shop/dns and stays there with all its ports (the other one is at a.yaml:1)',
    ])
  })
  it('with all ports, as external IP and in the status of a load balancer', () => {
    const ports = [{ name: 'metrics', port: 9153, protocol: 'TCP' }]
    expect(except(rendered(dns(LATE), thief({ ports })))).toEqual({ dns: [], 'a-thief': ['10.96.0.10'] })
    const balancer = named('lb', EARLY, { type: 'LoadBalancer', ports }, [{ ip: '10.96.0.10' }])
    expect(except(rendered(dns(LATE), balancer, thief({ ports })))).toEqual({
      dns: [],
      'a-thief': ['10.96.0.10'],
      lb: ['10.96.0.10'],
    })
  })
  it('a node port stays with its Service at addresses of nodes', () => {
    const ports = [
      { name: 'http', port: 80, nodePort: 30080, protocol: 'TCP' },
      { name: 'dns', port: 53, nodePort: 30080, protocol: 'UDP' },
    ]
    const owner = named('web', LATE, { type: 'NodePort', ports: ports.slice(0, 1) })
    const other = named('a', EARLY, {
      externalIPs: ['192.168.0.1', '1.2.3.4'],
      ports: [
        { name: 'x', port: 30080, protocol: 'TCP' },
        { name: 'y', port: 30080, protocol: 'UDP' },
      ],
    })
    const result = rendered(owner, other)
    expect(result.spec.services[0]?.ports.map(port => port.except)).toEqual([['192.168.0.1'], []])
    expect(codes(result)).toEqual(['warning frontend-claimed-twice', 'warning vip-is-node-address'])
    expect(result.diagnostics[0]!.message).toContain(
      'Service shop/a: 192.168.0.1:30080/TCP belongs to Service shop/web: it is a node port at an address of a node',
    )
    const own = named('own', LATE, {
      externalIPs: ['192.168.0.1'],
      ports: [{ name: 'x', port: 30080, nodePort: 30080 }],
    })
    expect(except(rendered(own))).toEqual({ own: [] })
  })
})

it('an external IP outranks an older load balancer address, and not a load balancer address that is an external IP too', () => {
  const external = named('a', LATE, EXTERNAL)
  const balancer = { type: 'LoadBalancer' }
  expect(except(rendered(external, named('b', EARLY, balancer, [{ ip: '1.2.3.4' }])))).toEqual({
    a: [],
    b: ['1.2.3.4'],
  })
  const result = rendered(external, named('b', EARLY, { ...balancer, ...EXTERNAL }, [{ ip: '1.2.3.4' }]))
  expect(except(result)).toEqual({ a: ['1.2.3.4'], b: [] })
})

describe('what an API server would not allocate, and serves after a restore of etcd', () => {
  it('one cluster IP for two Services: each port belongs to the older Service that has it', () => {
    const clusterIPs = ['10.96.7.7']
    const both = [
      { name: 'http', port: 80 },
      { name: 'more', port: 81 },
    ]
    const result = rendered(named('a', LATE, { clusterIPs, ports: both }), named('b', EARLY, { clusterIPs }))
    expect(codes(result)).toEqual(['warning duplicate-cluster-ip'])
    expect(result.diagnostics[0]!.message).toMatch(
      /^Service shop\/a: cluster IP 10\.96\.7\.7 is also that of Service shop\/b, /,
    )
    expect(result.spec.services.map(s => s.ports.map(port => port.except))).toEqual([[['10.96.7.7'], []], [[]]])
  })
  it('one node port for two Services: the older one has it', () => {
    const nodePort = (protocol: string) => ({ ports: [{ name: 'http', port: 80, nodePort: 30000, protocol }] })
    const result = rendered(named('a', LATE, nodePort('TCP')), named('b', EARLY, nodePort('TCP')))
    expect(codes(result)).toEqual(['warning duplicate-node-port'])
    expect(result.spec.services.map(s => s.ports.map(port => port.nodePort))).toEqual([[undefined], [30000]])
    expect(codes(rendered(named('a', EARLY, nodePort('TCP')), named('b', EARLY, nodePort('UDP'))))).toEqual([])
  })
  it('one node port for two ports of a Service: the first has it', () => {
    const ports = ['http', 'more'].map((name, i) => ({ name, port: 80 + i, nodePort: 30000 }))
    const result = rendered(named('a', LATE, { ports }))
    expect(codes(result)).toEqual(['warning duplicate-node-port'])
    expect(result.spec.services[0]!.ports.map(port => port.nodePort)).toEqual([30000, undefined])
  })
})

describe('odd, but allowed', () => {
  const health = { type: 'LoadBalancer', externalTrafficPolicy: 'Local', healthCheckNodePort: 30000 }
  it('a health port that is a node port', () => {
    const ports = [{ name: 'http', port: 80, nodePort: 30000 }]
    expect(codes(rendered(named('a', EARLY, health), named('b', EARLY, { ports })))).toEqual([
      'warning health-check-port-taken',
    ])
    const udp = ports.map(port => ({ ...port, protocol: 'UDP' }))
    expect(codes(rendered(named('a', EARLY, health), named('b', EARLY, { ports: udp })))).toEqual([])
  })
  it('one health port for two Services', () => {
    expect(codes(rendered(named('a', EARLY, health), named('b', EARLY, health)))).toEqual([
      'warning health-check-port-taken',
    ])
  })
  it('a VIP that is an address of a node', () => {
    expect(codes(rendered(named('a', EARLY, { externalIPs: ['192.168.0.1'] })))).toEqual([
      'warning vip-is-node-address',
    ])
  })
})
