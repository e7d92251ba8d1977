// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest'
import { complaints, loadText } from '../build/load.ts'
import { list, node, service, slice } from '../build/objects.ts'

const one = (object: unknown) =>
  loadText(JSON.stringify(object)).diagnostics.map(d => `${d.severity} ${d.code} ${d.message}`)
const port = (fields: object) => service({ spec: { ports: [{ port: 80, ...fields }] } })
const endpoint = (fields: object) => slice({ endpoints: [{ addresses: ['10.0.0.1'], ...fields }] })

describe('one mistake, one diagnostic', () => {
  const S = 'Service shop/cart:'
  const E = 'EndpointSlice shop/cart-1:'
  const table: [string, unknown, string][] = [
    ['no spec', { ...service(), spec: undefined }, `error missing-field ${S} spec is missing`],
    ['spec of a wrong type', { ...service(), spec: 3 }, `error wrong-type ${S} spec is 3, not a mapping`],
    [
      'no ports',
      service({ spec: { ports: undefined } }),
      `warning no-ports ${S} spec.ports is empty, so nothing is served`,
    ],
    [
      'empty ports',
      service({ spec: { ports: [] } }),
      `warning no-ports ${S} spec.ports is empty, so nothing is served`,
    ],
    [
      'ports of a wrong type',
      service({ spec: { ports: {} } }),
      `error wrong-type ${S} spec.ports is a mapping, not a list`,
    ],
    ['no name', service({ name: '' }), 'error missing-field Service shop: metadata.name is missing'],
    ['a bad name', service({ name: 'a/b' }), 'error bad-name Service shop/a/b: metadata.name "a/b" is not a name'],
    ['no namespace', service({ namespace: '' }), 'error missing-field Service cart: metadata.namespace is missing'],
    ['port as text', port({ port: '80' }), `error wrong-type ${S} spec.ports[0].port is the text "80", not a number`],
    ['no port', port({ port: null }), `error missing-field ${S} spec.ports[0].port is missing`],
    [
      'port 0',
      port({ port: 0 }),
      `warning out-of-range ${S} spec.ports[0].port is 0, which is not 1 to 65535: it is ignored`,
    ],
    [
      'port 65536',
      port({ port: 65536 }),
      `warning out-of-range ${S} spec.ports[0].port is 65536, which is not 1 to 65535: it is ignored`,
    ],
    [
      'port 1.5',
      port({ port: 1.5 }),
      `warning out-of-range ${S} spec.ports[0].port is 1.5, which is not 1 to 65535: it is ignored`,
    ],
    [
      'node port',
      port({ nodePort: -1 }),
      `warning out-of-range ${S} spec.ports[0].nodePort is -1, which is not 0 to 65535: it is ignored`,
    ],
    [
      'protocol',
      port({ protocol: 'ICMP' }),
      `warning unknown-value ${S} spec.ports[0].protocol "ICMP" is not known and is ignored`,
    ],
    ['type', service({ spec: { type: 'X' } }), `warning unknown-value ${S} spec.type "X" is not known and is ignored`],
    [
      'policy',
      service({ spec: { internalTrafficPolicy: 'local' } }),
      `warning unknown-value ${S} spec.internalTrafficPolicy "local" is not known and is ignored`,
    ],
    [
      'cluster IP',
      service({ spec: { clusterIPs: ['10.96.0.300'] } }),
      `warning bad-address ${S} spec.clusterIPs[0] "10.96.0.300" is not an IP address and is ignored`,
    ],
    [
      'two cluster IPs of a family',
      service({ spec: { clusterIPs: ['10.96.0.1', '10.96.0.2'] } }),
      `warning two-of-a-family ${S} spec.clusterIPs has two addresses of one family: 10.96.0.2 is ignored`,
    ],
    [
      'clusterIP against clusterIPs',
      service({ spec: { clusterIPs: ['10.96.0.1'], clusterIP: '10.96.0.2' } }),
      `warning cluster-ip-mismatch ${S} spec.clusterIP "10.96.0.2" is not the first of clusterIPs and is ignored`,
    ],
    [
      'external IP',
      service({ spec: { externalIPs: ['1.2.3.4', 'x'] } }),
      `warning bad-address ${S} spec.externalIPs[1] "x" is not an IP address and is ignored`,
    ],
    [
      'ingress IP',
      service({ ingress: [{ ip: 'lb' }] }),
      `warning bad-address ${S} status.loadBalancer.ingress[0].ip "lb" is not an IP address and is ignored`,
    ],
    [
      'ipMode',
      service({ ingress: [{ ip: '1.2.3.4', ipMode: 'vip' }] }),
      `warning unknown-value ${S} status.loadBalancer.ingress[0].ipMode "vip" is not known and is ignored`,
    ],
    [
      'source range',
      service({ spec: { loadBalancerSourceRanges: ['1.2.3.4/33'] } }),
      `warning bad-cidr ${S} spec.loadBalancerSourceRanges[0] "1.2.3.4/33" is not a CIDR and is ignored`,
    ],
    [
      'affinity',
      service({
        spec: { sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds: 86401 } } },
      }),
      `warning out-of-range ${S} spec.sessionAffinityConfig.clientIP.timeoutSeconds is 86401, which is not 1 to 86400: it is ignored`,
    ],
    [
      'two ports of a name',
      service({
        spec: {
          ports: [
            { name: 'a', port: 1 },
            { name: 'a', port: 2 },
          ],
        },
      }),
      `warning duplicate-port ${S} spec.ports[1].name "a" is the name of two ports: the second is ignored`,
    ],
    [
      'two ports of a number',
      service({
        spec: {
          ports: [
            { name: 'a', port: 1 },
            { name: 'b', port: 1 },
          ],
        },
      }),
      `warning duplicate-port ${S} spec.ports[1].port 1/TCP is there twice: the second is ignored`,
    ],
    ['no address type', { ...slice(), addressType: null }, `error missing-field ${E} addressType is missing`],
    [
      'address type',
      slice({ type: 'IPv5' }),
      `warning unknown-value ${E} addressType "IPv5" is not known and is ignored`,
    ],
    [
      'endpoint address',
      slice({ endpoints: ['10.244.0'] }),
      `warning bad-address ${E} endpoints[0].addresses[0] "10.244.0" is not an IP address and is ignored`,
    ],
    [
      'endpoint of another family',
      slice({ endpoints: ['fd00::1'] }),
      `warning wrong-family ${E} endpoints[0].addresses[0] "fd00::1" is not an IPv4 address and is ignored`,
    ],
    [
      'condition',
      endpoint({ conditions: { ready: 'true' } }),
      `error wrong-type ${E} endpoints[0].conditions.ready is the text "true", not true or false`,
    ],
    [
      'no endpoint address',
      endpoint({ addresses: [] }),
      `warning endpoint-without-address ${E} endpoints[0] has no address and is ignored`,
    ],
    [
      'no port name',
      slice({ ports: [{ port: 1 }] }),
      `warning port-without-name ${E} ports[0] has no name and is ignored`,
    ],
    [
      'no port number',
      slice({ ports: [{ name: 'http' }] }),
      `warning port-without-number ${E} ports[0] has no number and is ignored`,
    ],
    [
      'hint without a name',
      endpoint({ hints: { forZones: [{}] } }),
      `error missing-field ${E} endpoints[0].hints.forZones[0].name is missing`,
    ],
    [
      'node address',
      node({ addresses: ['192.168.0.256'] }),
      'warning bad-address Node n1: status.addresses[0].address "192.168.0.256" is not an IP address and is ignored',
    ],
    ['no kind', { apiVersion: 'v1' }, 'error not-an-object this object has no kind'],
    ['no apiVersion', { ...node(), apiVersion: undefined }, 'error not-an-object this Node has no apiVersion'],
    ['items that are no list', { kind: 'List', items: 3 }, 'error not-an-object the items of this list are no list'],
  ]
  it.each(table)('%s', (_, object, expected) => {
    expect(one(object)).toEqual([expected])
  })
  it.each([
    ['a headless Service without ports', service({ spec: { clusterIP: 'None', ports: undefined } })],
    ['an ExternalName without ports', service({ spec: { type: 'ExternalName', clusterIP: '', ports: undefined } })],
    ['an FQDN slice', slice({ type: 'FQDN', endpoints: ['db.example.net'] })],
    ['a host name from a load balancer', service({ ingress: [{ hostname: 'lb.example.net' }] })],
    ['null for absent', service({ spec: { externalIPs: null, sessionAffinity: null } })],
    ['leading zeros', slice({ endpoints: ['10.244.000.010'] })],
  ])('none for %s', (_, object) => {
    expect(one(object)).toEqual([])
  })
})

describe('objects that are there twice', () => {
  const json = (...objects: unknown[]) => JSON.stringify(list(...objects))
  it('are one when they are equal in what counts', () => {
    const { value, diagnostics } = loadText(json(node(), service()), json(service({ labels: { other: 'label' } })))
    expect(diagnostics.map(d => `${d.severity} ${d.code}`)).toEqual(['warning repeated-object'])
    expect(value?.services.length).toBe(1)
  })
  it('are an error when they differ', () => {
    const other = service({ spec: { clusterIPs: ['10.96.0.2'] } })
    const { value, diagnostics } = loadText(json(service()), json(other))
    expect(diagnostics.map(d => `${d.severity} ${d.code} ${d.message}`)).toEqual([
      'error duplicate-object Service shop/cart is there twice and differs (the other one is at a.yaml:1)',
    ])
    expect(value).toBeUndefined()
  })
  it('may share a name between namespaces and kinds', () => {
    const objects = [service(), service({ namespace: 'b' }), slice({ name: 'cart' }), node({ name: 'cart' })]
    expect(loadText(json(...objects)).diagnostics).toEqual([])
  })
})

it('reports all mistakes at once', () => {
  const bad = service({ name: 'x', spec: { type: 'X', externalIPs: ['y'], ports: [{ port: '1' }] } })
  const text = JSON.stringify(list(bad, slice({ endpoints: ['z'] }), node({ addresses: ['w'] })))
  expect(
    complaints(text)
      .split('\n')
      .filter(line => /(error|warning)\[/.test(line)),
  ).toHaveLength(5)
})
