// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest'
import { codes, renderObjects } from '../build/load.ts'
import { node, service, slice } from '../build/objects.ts'

const BASE = { node: node(), slice: slice() }
const rendered = (...services: unknown[]) => renderObjects(BASE.node, BASE.slice, ...services)
const only = (object: unknown) => rendered(object).spec.services[0]
const PROXY = 'service.kubernetes.io/service-proxy-name'
const HEADLESS = 'service.kubernetes.io/headless'

describe('which Services count (1.1, 5.2)', () => {
  it.each([
    ['headless', service({ spec: { clusterIP: 'None' } }), 'headless'],
    ['headless in clusterIPs', service({ spec: { clusterIPs: ['None'] } }), 'headless'],
    ['headless SCTP', service({ spec: { clusterIP: 'None', ports: [{ port: 1, protocol: 'SCTP' }] } }), 'headless'],
    ['headless without port', service({ spec: { clusterIP: 'None', ports: null } }), 'headless'],
    ['headless by label', service({ labels: { [HEADLESS]: 'false' } }), 'headless'],
    ['headless by empty label', service({ labels: { [HEADLESS]: '' } }), 'headless'],
    ['another proxy', service({ labels: { [PROXY]: 'kube-router' } }), 'other proxy'],
    ['another proxy, empty', service({ labels: { [PROXY]: '' } }), 'other proxy'],
    ['another proxy, false', service({ labels: { [PROXY]: 'false' } }), 'other proxy'],
    [
      'ExternalName with cluster IP and node port',
      service({ spec: { type: 'ExternalName', ports: [{ port: 1, nodePort: 30000 }] } }),
      'ExternalName',
    ],
    ['no cluster IP', service({ spec: { clusterIP: '' } }), 'without a cluster IP'],
  ])('not: %s', (_, object, what) => {
    const { spec, summary } = rendered(object)
    expect(spec.services).toEqual([])
    expect(summary.skippedServices).toEqual([{ what, count: 1 }])
  })
  it('clusterIP stands in for clusterIPs', () => {
    expect(only(service({ spec: { clusterIP: '10.96.0.7' } }))?.clusterIPs).toEqual(['10.96.0.7'])
  })
})

describe('exposure', () => {
  it('of a plain Service', () => {
    expect(only(service())).toEqual({
      namespace: 'shop',
      name: 'cart',
      clusterIPs: ['10.96.0.1'],
      externalIPs: [],
      loadBalancerIPs: [],
      sourceRanges: [],
      internalTrafficPolicy: 'Cluster',
      externalTrafficPolicy: 'Cluster',
      ports: [{ name: 'http', port: 80, protocol: 'TCP', except: [] }],
      endpoints: [
        {
          ports: [{ name: 'http', number: 8080 }],
          endpoints: [
            { address: '10.244.0.1', ready: true, serving: true, terminating: false, forZones: [], forNodes: [] },
          ],
        },
      ],
    })
  })

  const mixed = {
    externalIPs: ['2001:db8::9', '1.2.3.4'],
    loadBalancerSourceRanges: [' 10.1.2.0/28', '2001:db8::/32', '10.1.2.1/28', '10.1.0.0/28', '10.1.0.0/16'],
    type: 'LoadBalancer',
  }
  const ingress = [{ ip: '5.6.7.8' }, { ip: '2001:DB8:0::5' }]
  it.each([
    [['10.96.0.1'], ['1.2.3.4'], ['5.6.7.8'], ['10.1.0.0/16', '10.1.0.0/28', '10.1.2.0/28']],
    [['fd00:96::1'], ['2001:db8::9'], ['2001:db8::5'], ['2001:db8::/32']],
    [
      ['fd00:96::1', '10.96.0.1'],
      ['1.2.3.4', '2001:db8::9'],
      ['5.6.7.8', '2001:db8::5'],
      ['10.1.0.0/16', '10.1.0.0/28', '10.1.2.0/28', '2001:db8::/32'],
    ],
  ])('only of the families of %j', (clusterIPs, externalIPs, loadBalancerIPs, sourceRanges) => {
    const result = only(service({ spec: { ...mixed, clusterIPs }, ingress }))
    expect(result).toMatchObject({ externalIPs, loadBalancerIPs, sourceRanges })
  })

  it('ingress: VIP or nothing said, by ip only; spec.loadBalancerIP says nothing', () => {
    const ingress = [
      { ip: '5.6.7.1' },
      { ip: '5.6.7.2', ipMode: 'VIP' },
      { ip: '5.6.7.3', ipMode: 'Proxy' },
      { hostname: 'lb.example.net' },
    ]
    const spec = { type: 'LoadBalancer', loadBalancerIP: '9.9.9.9' }
    expect(only(service({ spec, ingress }))?.loadBalancerIPs).toEqual(['5.6.7.1', '5.6.7.2'])
  })
  it('source ranges without a VIP decide nothing', () => {
    const spec = { type: 'LoadBalancer', loadBalancerSourceRanges: ['10.0.0.0/8'] }
    expect(only(service({ spec }))?.sourceRanges).toEqual([])
  })
  it('node ports of any type; 0 is none', () => {
    const ports = [
      { name: 'b', port: 2, nodePort: 0 },
      { name: 'a', port: 1, nodePort: 30001, protocol: 'SCTP' },
    ]
    expect(only(service({ spec: { ports } }))?.ports).toEqual([
      { name: 'a', port: 1, protocol: 'SCTP', nodePort: 30001, except: [] },
      { name: 'b', port: 2, protocol: 'TCP', except: [] },
    ])
  })
  it.each([
    ['LoadBalancer', [], 'Local'],
    ['NodePort', [], 'Local'],
    ['ClusterIP', ['1.2.3.4'], 'Local'],
    ['ClusterIP', [], 'Cluster'],
  ])('external policy Local of type %s with externalIPs %j is %s', (type, externalIPs, policy) => {
    const spec = { type, externalIPs, externalTrafficPolicy: 'Local', healthCheckNodePort: 31000 }
    const result = only(service({ spec }))
    expect(result?.externalTrafficPolicy).toBe(policy)
    expect(result?.healthCheckNodePort).toBe(type === 'LoadBalancer' ? 31000 : undefined)
  })
  it('a health port only with policy Local', () => {
    const spec = { type: 'LoadBalancer', externalTrafficPolicy: 'Cluster', healthCheckNodePort: 31000 }
    expect(only(service({ spec }))?.healthCheckNodePort).toBeUndefined()
  })
  it('internal policy', () => {
    expect(only(service({ spec: { internalTrafficPolicy: 'Local' } }))?.internalTrafficPolicy).toBe('Local')
  })
  it.each([
    ['None', {}, undefined],
    ['ClientIP', null, 10800],
    ['ClientIP', { clientIP: { timeoutSeconds: 1 } }, 1],
    ['None', { clientIP: { timeoutSeconds: 5 } }, undefined],
  ])('affinity %s %j is %s', (sessionAffinity, sessionAffinityConfig, seconds) => {
    expect(only(service({ spec: { sessionAffinity, sessionAffinityConfig } }))?.affinitySeconds).toBe(seconds)
  })
  it('one address is one frontend: cluster IP before balancer before external', () => {
    const spec = {
      type: 'LoadBalancer',
      externalIPs: ['1.1.1.1', '10.96.0.1', '5.6.7.8', '1.1.1.1'],
      loadBalancerSourceRanges: ['10.0.0.0/8'],
    }
    const result = rendered(service({ spec, ingress: [{ ip: '5.6.7.8' }, { ip: '10.96.0.1' }] }))
    expect(result.spec.services[0]).toMatchObject({
      clusterIPs: ['10.96.0.1'],
      externalIPs: ['1.1.1.1'],
      loadBalancerIPs: ['5.6.7.8'],
    })
    expect(codes(result)).toEqual(['warning vip-is-cluster-ip'])
  })
  it('policy Local without a health port is a warning', () => {
    const result = rendered(service({ spec: { type: 'LoadBalancer', externalTrafficPolicy: 'Local' } }))
    expect(codes(result)).toEqual(['warning no-health-check-port'])
  })
})
