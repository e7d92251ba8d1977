// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest'
import { renderObjects } from '../build/load.ts'
import { type Fields, node, service, slice } from '../build/objects.ts'

const NODES = [node(), node({ name: 'n2', zone: 'b', addresses: ['192.168.0.2'] })]
const grouped = (...objects: unknown[]) => renderObjects(...NODES, ...objects).spec.services[0]!.endpoints
/** Groups as `http=8080,admin=9090: 10.0.0.1 10.0.0.2` */
const shown = (...objects: unknown[]) =>
  grouped(...objects).map(({ ports, endpoints }) => {
    const numbers = ports.map(({ name, number }) => `${name}=${number}`).join(',')
    return `${numbers}: ${endpoints.map(e => (e.node === undefined ? e.address : `${e.address}@${e.node}`)).join(' ')}`
  })
const at = (address: string, fields: Fields = {}) => ({ addresses: [address], ...fields })
const on = (name: string, port: number, protocol = 'TCP') => ({ name, port, protocol })
const two = service({ spec: { ports: [on('http', 80), on('admin', 81)] } })

describe('the join of ports (1.1)', () => {
  it.each([
    ['by name and protocol', [on('http', 8080)], ['http=8080: 10.244.0.1']],
    ['another protocol', [on('http', 8080, 'UDP')], []],
    ['another name', [on('web', 8080)], []],
    ['no name', [{ port: 8080 }], []],
    ['no number', [{ name: 'http' }], []],
    ['number 0', [on('http', 0)], []],
    ['no ports', null, []],
    ['no protocol is TCP', [{ name: 'http', port: 8080 }], ['http=8080: 10.244.0.1']],
    ['more ports than the Service has', [on('x', 1), on('http', 8080), on('y', 2)], ['http=8080: 10.244.0.1']],
    [
      'two numbers of a name',
      [on('http', 8081), on('http', 8080), on('http', 8080)],
      ['http=8080: 10.244.0.1', 'http=8081: 10.244.0.1'],
    ],
  ])('%s', (_, ports, expected) => {
    expect(shown(service(), slice({ ports }))).toEqual(expected)
  })
  it('the empty name is the port without a name', () => {
    const unnamed = service({ spec: { ports: [{ port: 80, targetPort: 9999 }] } })
    expect(shown(unnamed, slice({ ports: [on('', 8080)] }))).toEqual(['=8080: 10.244.0.1'])
  })
})

describe('which slices count', () => {
  const label = (name: string) => slice({ labels: { [`service.kubernetes.io/${name}`]: 'false' } })
  const LABELLED = [{ what: 'with the label of a headless Service or of another proxy', count: 1 }]
  it.each([
    ['of another proxy', label('service-proxy-name'), LABELLED],
    ['headless', label('headless'), LABELLED],
    ['FQDN', slice({ type: 'FQDN', endpoints: ['db.example.net'] }), [{ what: 'of type FQDN', count: 1 }]],
    ['without a Service', slice({ service: null }), [{ what: 'without a service-name label', count: 1 }]],
    ['of nobody', slice({ service: 'x' }), [{ what: 'of a Service that is not there', count: 1 }]],
    ['of another namespace', slice({ namespace: 'x' }), [{ what: 'of a Service that is not there', count: 1 }]],
    [
      'of another family',
      slice({ type: 'IPv6', endpoints: ['fd00::1'] }),
      [{ what: 'of a family without a cluster IP', count: 1 }],
    ],
    ['that joins nothing', slice({ ports: [on('x', 1)] }), [{ what: 'with no port of its Service', count: 1 }]],
  ])('not: %s', (_, object, ignoredSlices) => {
    const { spec, summary } = renderObjects(...NODES, service(), object)
    expect(spec.services[0]?.endpoints).toEqual([])
    expect(summary.ignoredSlices).toEqual(ignoredSlices)
  })
  it('one without a controller does', () => {
    expect(shown(service(), slice({ name: 'by-hand' }))).toEqual(['http=8080: 10.244.0.1'])
  })
})

describe('endpoints (1.1, 5.3)', () => {
  it('only the first address, in canonical form', () => {
    expect(shown(service(), slice({ endpoints: [{ addresses: ['010.1.2.3', '10.9.9.9'] }, at('10.0.0.2')] }))).toEqual([
      'http=8080: 10.0.0.2 10.1.2.3',
    ])
  })
  it('conditions that are not there: ready, serving, not terminating', () => {
    const conditions = (c: unknown) => grouped(service(), slice({ endpoints: [at('10.0.0.1', { conditions: c })] }))
    const good = { ready: true, serving: true, terminating: false }
    for (const nothing of [undefined, null, {}, { ready: null }]) {
      expect(conditions(nothing)[0]?.endpoints[0]).toMatchObject(good)
    }
    const bad = { ready: false, serving: false, terminating: true }
    expect(conditions(bad)[0]?.endpoints[0]).toMatchObject(bad)
  })
  it('hints, sorted', () => {
    const hints = { forZones: [{ name: 'b' }, { name: 'a' }], forNodes: [{ name: 'n1' }] }
    expect(grouped(service(), slice({ endpoints: [at('10.0.0.1', { hints })] }))[0]?.endpoints[0]).toMatchObject({
      forZones: ['a', 'b'],
      forNodes: ['n1'],
    })
  })
  it('a zone only where it is not that of the node', () => {
    const endpoints = [
      at('10.0.0.1', { nodeName: 'n1', zone: 'a' }),
      at('10.0.0.2', { nodeName: 'n1', zone: 'b' }),
      at('10.0.0.3', { zone: 'a' }),
      at('10.0.0.4', { nodeName: 'unknown', zone: 'a' }),
      at('10.0.0.5', { nodeName: 'n1' }),
    ]
    const zones = grouped(service(), slice({ endpoints }))[0]?.endpoints.map(endpoint => endpoint.zone)
    expect(zones).toEqual([undefined, 'b', 'a', 'a', undefined])
  })
  it('of equal ports form one group across slices and families, by number', () => {
    const dual = service({ spec: { clusterIPs: ['10.96.0.1', 'fd00:96::1'] } })
    const slices = [
      slice({ name: 'c', type: 'IPv6', endpoints: ['fd00::10', 'fd00::9'] }),
      slice({ name: 'b', endpoints: ['10.0.0.10'] }),
      slice({ name: 'a', endpoints: ['10.0.0.9'] }),
    ]
    expect(shown(dual, ...slices)).toEqual(['http=8080: 10.0.0.9 10.0.0.10 fd00::9 fd00::10'])
  })
  it('of different ports form groups, in the order of the ports', () => {
    const slices = [
      slice({ name: 'a', ports: [on('http', 90)], endpoints: ['10.0.0.1'] }),
      slice({ name: 'b', ports: [on('http', 80), on('admin', 9)], endpoints: ['10.0.0.2'] }),
      slice({ name: 'c', ports: [on('admin', 9)], endpoints: ['10.0.0.3'] }),
      slice({ name: 'd', ports: [on('http', 80)], endpoints: ['10.0.0.1'] }),
    ]
    expect(shown(two, ...slices)).toEqual([
      'admin=9: 10.0.0.3',
      'admin=9,http=80: 10.0.0.2',
      'http=80: 10.0.0.1',
      'http=90: 10.0.0.1',
    ])
  })
})

describe('copies of one endpoint', () => {
  const ready = { conditions: { ready: true } }
  const unready = { conditions: { ready: false } }
  const leaving = { conditions: { ready: true, terminating: true } }
  const copies = (a: Fields, b: Fields) =>
    grouped(
      service(),
      slice({ name: 'a', endpoints: [at('10.0.0.1', a)] }),
      slice({ name: 'b', endpoints: [at('10.0.0.1', b)] }),
    )[0]!.endpoints
  it.each([
    ['not terminating before ready', leaving, unready, { ready: false, terminating: false }],
    ['ready before not ready', unready, ready, { ready: true }],
    ['the first slice', { ...ready, zone: 'x' }, { ...ready, zone: 'y' }, { zone: 'x' }],
  ])('%s', (_, a, b, expected) => {
    expect(copies(a, b)).toHaveLength(1)
    expect(copies(a, b)[0]).toMatchObject(expected)
  })
  it('one for each node while equally good, since only the node knows which is local', () => {
    expect(copies({ nodeName: 'n2' }, { nodeName: 'n1' }).map(e => e.node)).toEqual(['n1', 'n2'])
    expect(copies({ nodeName: 'n2', ...unready }, { nodeName: 'n1' }).map(e => e.node)).toEqual(['n1'])
  })
  it('in one slice', () => {
    expect(shown(service(), slice({ endpoints: ['10.0.0.1', '10.0.0.1', '10.0.0.2'] }))).toEqual([
      'http=8080: 10.0.0.1 10.0.0.2',
    ])
  })
  it('in one slice, in either order', () => {
    const [x, y] = [at('10.0.0.1', { zone: 'x' }), at('10.0.0.1', { zone: 'y' })]
    const zones = (endpoints: Fields[]) => grouped(service(), slice({ endpoints }))[0]?.endpoints.map(e => e.zone)
    expect(zones([x, y])).toEqual(['x'])
    expect(zones([y, x])).toEqual(['x'])
  })
  it('overlapping slices: 4, not 6', () => {
    const slices = [
      slice({ name: 'a', endpoints: ['10.0.0.1', '10.0.0.2', '10.0.0.3'] }),
      slice({ name: 'b', endpoints: ['10.0.0.2', '10.0.0.3', '10.0.0.4'] }),
    ]
    expect(shown(service(), ...slices)).toEqual(['http=8080: 10.0.0.1 10.0.0.2 10.0.0.3 10.0.0.4'])
  })
  it('lose only the ports that they share', () => {
    const slices = [
      slice({ name: 'a', ports: [on('http', 80)], endpoints: [at('10.0.0.1', ready)] }),
      slice({
        name: 'b',
        ports: [on('http', 80), on('admin', 9)],
        endpoints: [at('10.0.0.1', unready), at('10.0.0.2')],
      }),
    ]
    expect(shown(two, ...slices)).toEqual(['admin=9: 10.0.0.1', 'admin=9,http=80: 10.0.0.2', 'http=80: 10.0.0.1'])
  })
  it('another number is another endpoint', () => {
    const slices = [
      slice({ name: 'a', ports: [on('http', 80)], endpoints: ['10.0.0.1', '10.0.0.2'] }),
      slice({ name: 'b', endpoints: ['10.0.0.1', '10.0.0.2'] }),
    ]
    expect(shown(service(), ...slices)).toEqual(['http=80: 10.0.0.1 10.0.0.2', 'http=8080: 10.0.0.1 10.0.0.2'])
  })
})
