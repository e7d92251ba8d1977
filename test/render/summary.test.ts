// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest'
import { LIKELY_MISTAKES } from '../../src/render/mistakes.ts'
import { printSummary } from '../../src/render/summary.ts'
import { codes, renderObjects } from '../build/load.ts'
import { node, service, slice } from '../build/objects.ts'

const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' } }
const in_ = (...states: object[]) =>
  slice({ endpoints: states.map((conditions, i) => ({ addresses: [`10.0.0.${i}`], conditions })) })

describe('printSummary', () => {
  const printed = (...objects: unknown[]) => printSummary(renderObjects(node(), ...objects).summary)
  it('counts', () => {
    const objects = [
      service({ spec: { externalIPs: ['1.2.3.4'], ports: [{ name: 'http', port: 80, nodePort: 30000 }] } }),
      service({ name: 'h', spec: { clusterIP: 'None' } }),
      service({ name: 'i', spec: { clusterIP: 'None' } }),
      service({ name: 'e', spec: { type: 'ExternalName', clusterIP: '' } }),
      slice({ endpoints: ['10.0.0.1', '10.0.0.2'] }),
      slice({ name: 'x', service: 'x' }),
      pod,
      pod,
    ]
    expect(printed(...objects)).toBe(`\
1 services → 3 frontends, 2 backends   skipped 3: 2 headless, 1 ExternalName
ignored EndpointSlices 1: 1 of a Service that is not there
ignored other objects 2: 2 Pod`)
  })
  it('every EndpointSlice is used, or counted, or of a Service that is skipped', () => {
    const labels = [{}, { 'service.kubernetes.io/headless': '' }, { 'service.kubernetes.io/service-proxy-name': 'x' }]
    for (const label of labels)
      for (const owner of ['cart', 'headless', 'absent', null])
        for (const type of ['IPv4', 'IPv6', 'FQDN'])
          for (const name of ['http', 'other']) {
            const endpoints = [{ IPv4: '10.0.0.1', IPv6: 'fd00::1', FQDN: 'a.example' }[type]!]
            const ports = [{ name, port: 8080, protocol: 'TCP' }]
            const { spec, summary } = renderObjects(
              node(),
              service(),
              service({ name: 'headless', spec: { clusterIP: 'None' } }),
              slice({ labels: label, service: owner, type, endpoints, ports }),
            )
            const used = spec.services.flatMap(({ endpoints }) => endpoints).length
            const counted = summary.ignoredSlices.reduce((sum, { count }) => sum + count, 0)
            const isSkipped = owner === 'headless' && type !== 'FQDN'
            expect([used + counted, label, owner, type, name]).toEqual([isSkipped ? 0 : 1, label, owner, type, name])
          }
  })
  it('a slice with a stale label is counted', () => {
    const labels = { 'service.kubernetes.io/headless': '' }
    expect(printed(service(), slice({ labels })).split('\n')[1]).toBe(
      'ignored EndpointSlices 1: 1 with the label of a headless Service or of another proxy',
    )
  })
  it.each([
    [
      [{ ready: false }, { ready: false }, { ready: false, terminating: true }],
      '(3 endpoints: 2 not ready, 1 terminating)',
    ],
    [[{ ready: false }], '(1 endpoint: 1 not ready)'],
    [[{ ready: false, terminating: true }], '(1 endpoint: 1 terminating)'],
  ])('names Services without ready endpoints: %j', (states, expected) => {
    expect(printed(service(), in_(...states)).split('\n')[1]).toBe(
      `warning: shop/cart has 0 ready endpoints ${expected}`,
    )
  })
  it('names Services without endpoints', () => {
    expect(printed(service(), in_()).split('\n')[1]).toBe('warning: shop/cart has no endpoints')
  })
  it('does not name a Service that is ready, even while it terminates', () => {
    expect(printed(service(), in_({ ready: true, terminating: true }))).not.toContain('warning')
  })
  it('names ten Services and groups thousands', () => {
    const services = Array.from({ length: 1012 }, (_, i) =>
      service({ name: `s${i}`, spec: { clusterIPs: [`10.96.${i >> 8}.${i & 255}`] } }),
    )
    const lines = printed(...services, slice()).split('\n')
    expect(lines).toHaveLength(13)
    expect(lines[0]).toBe('1,012 services → 1,012 frontends, 0 backends')
    expect(lines[12]).toBe('… and 1,002 more without ready endpoints')
  })
})

describe('likely mistakes', () => {
  it.each([
    ['nothing of ours', [pod], ['error no-objects']],
    ['no slices', [node(), service()], ['error no-endpoint-slices']],
    ['no nodes', [service(), slice()], ['error no-nodes']],
    ['only Services', [service()], ['error no-endpoint-slices', 'error no-nodes']],
    ['only nodes', [node()], []],
  ])('%s', (_, objects, expected) => {
    const result = renderObjects(...objects)
    expect(codes(result)).toEqual(expected)
    expect(result.diagnostics.every(d => LIKELY_MISTAKES.includes(d.code))).toBe(true)
  })
  it('says what was there instead', () => {
    expect(renderObjects(pod).diagnostics[0]?.message).toBe('there is no Node, Service or EndpointSlice (found 1 Pod)')
  })
  it('endpoints on nodes that are not there', () => {
    const endpoints = [{ addresses: ['10.0.0.1'], nodeName: 'n9' }]
    expect(codes(renderObjects(node(), service(), slice({ endpoints })))).toEqual(['warning unknown-node'])
  })
})

describe('nodes', () => {
  it('have all IP addresses, sorted and once, and their zone', () => {
    const addresses = ['10.0.0.10', 'fd00::1', '10.0.0.9', '10.0.0.9']
    expect(renderObjects(node({ name: 'b', addresses }), node({ name: 'a', zone: '' })).spec.nodes).toEqual([
      { name: 'a', addresses: ['192.168.0.1'] },
      { name: 'b', zone: 'a', addresses: ['10.0.0.9', '10.0.0.10', 'fd00::1'] },
    ])
  })
  it('have external addresses, but no names', () => {
    const addresses = [
      { type: 'Hostname', address: '10.0.0.3' },
      { type: 'ExternalIP', address: '198.51.100.1' },
      { type: 'ExternalDNS', address: 'n1.example.net' },
    ]
    const object = { ...node(), status: { addresses } }
    expect(renderObjects(object).spec.nodes[0]?.addresses).toEqual(['198.51.100.1'])
  })
  it('without an address are a warning', () => {
    expect(codes(renderObjects(node({ addresses: [] })))).toEqual(['warning node-without-address'])
  })
})
