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

describe('what an API server would not allow', () => {
  it('one cluster IP for two Services', () => {
    const clusterIPs = ['10.96.7.7']
    const result = rendered(named('a', EARLY, { clusterIPs }), named('b', EARLY, { clusterIPs }))
    expect(codes(result)).toEqual(['error duplicate-cluster-ip'])
  })
  it('one node port twice', () => {
    const nodePort = (protocol: string) => ({ ports: [{ name: 'http', port: 80, nodePort: 30000, protocol }] })
    expect(codes(rendered(named('a', EARLY, nodePort('TCP')), named('b', EARLY, nodePort('TCP'))))).toEqual([
      'error duplicate-node-port',
    ])
    expect(codes(rendered(named('a', EARLY, nodePort('TCP')), named('b', EARLY, nodePort('UDP'))))).toEqual([])
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
