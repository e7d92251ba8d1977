// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { load } from 'js-yaml'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { normalise } from '../../src/spec/normalise.ts'
import { parseSpec } from '../../src/spec/parse.ts'
import { printExposureYaml, printJson, printYaml } from '../../src/spec/print.ts'
import { membershipHash, revisionOf, specHash } from '../../src/spec/revision.ts'
import { arbitraryShuffle, arbitrarySpec } from '../arbitrary/spec.ts'
import { runs } from '../runs.ts'
import { EXAMPLE } from './example.ts'

const MANY = { numRuns: runs(300) }

test('the example is canonical', () => {
  const { value, diagnostics } = parseSpec(EXAMPLE, 'example.yaml')
  expect(diagnostics).toEqual([])
  expect(printYaml(value!)).toBe(EXAMPLE)
})

test('what is printed parses to the same spec, as YAML and as JSON', () => {
  fc.assert(
    fc.property(arbitrarySpec, spec => {
      expect(parseSpec(printYaml(spec), 'spec.yaml')).toEqual({ value: spec, diagnostics: [] })
      expect(parseSpec(printJson(spec), 'spec.json')).toEqual({ value: spec, diagnostics: [] })
    }),
    MANY,
  )
})

test('both YAML libraries read what is printed, in both versions of YAML, as the same document as the JSON form', () => {
  fc.assert(
    fc.property(arbitrarySpec, spec => {
      const text = printYaml(spec)
      const document = JSON.parse(printJson(spec))
      expect(load(text)).toEqual(document)
      expect(parse(text)).toEqual(document)
      expect(parse(text, { version: '1.1' })).toEqual(document)
    }),
    MANY,
  )
})

test('the order of the input does not matter', () => {
  const shuffled = arbitrarySpec.chain(spec => fc.tuple(fc.constant(spec), arbitraryShuffle(spec)))
  fc.assert(
    fc.property(shuffled, ([spec, other]) => {
      expect(normalise(other)).toEqual(spec)
      const yaml = parseSpec(printYaml(other), 'spec.yaml').value!
      const json = parseSpec(printJson(other), 'spec.json').value!
      expect([printYaml(yaml), printYaml(json)]).toEqual([printYaml(spec), printYaml(spec)])
      expect(revisionOf(yaml)).toBe(revisionOf(spec))
    }),
    MANY,
  )
})

test('Services are in the order of namespaces, then names', () => {
  const service = (key: string): string => `${key}: {clusterIPs: [10.0.0.${key.length}], ports: {}}`
  const text = `apiVersion: balancing.elf.io/v1alpha1
kind: DataplaneSpec
nodes: {}
services: {${['a-b/x', 'a/x2', 'a/x'].map(service).join(', ')}}
endpoints: {}
`
  const { value } = parseSpec(text, 'spec.yaml')
  expect(value?.services.map(s => `${s.namespace}/${s.name}`)).toEqual(['a/x', 'a/x2', 'a-b/x'])
})

test('what means the same is written the same', () => {
  const text = `{apiVersion: balancing.elf.io/v1alpha1, kind: DataplaneSpec,
nodes: {n1: {zone: z1}}, services: {a/x: {
  clusterIPs: ["FD00:0::a", 10.0.0.010], sourceRanges: [10.1.2.3/8], externalTrafficPolicy: Cluster,
  ports: {dns: 53/UDP}}},
endpoints: {a/x: [
  {ports: {dns: 5353}, addresses: []},
  {ports: {dns: 53}, addresses: ["10.1.0.2 n1 zone=z1 for-zones=b,a"]},
  {ports: {dns: 53}, addresses: [10.1.0.2 node=n1 zone=z2, 10.1.0.1 node=terminating terminating]}]}}`
  expect(printYaml(parseSpec(text, 'spec.yaml').value!)).toMatchInlineSnapshot(`
    "# yaml-language-server: $schema=https://balancing.elf.io/schema/v1alpha1/dataplane-spec.json
    apiVersion: balancing.elf.io/v1alpha1
    kind: DataplaneSpec
    nodes:
      n1: {zone: z1}
    services:
      a/x:
        clusterIPs: [10.0.0.10, fd00::a]
        sourceRanges: [10.0.0.0/8]
        ports:
          dns: 53/UDP
    endpoints:
      a/x:
      - ports: {dns: 53}
        addresses:
        - 10.1.0.1 node=terminating terminating
        - 10.1.0.2 n1 for-zones=a,b
        - 10.1.0.2 n1 zone=z2
    "
  `)
})

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

test('the hashes of a spec, its exposure and its membership are those of the canonical YAML text and its two parts', () => {
  const spec = parseSpec(EXAMPLE, 'spec.yaml').value!
  const hashes = [specHash, revisionOf, membershipHash]
  expect(hashes.map(hash => hash(spec))).toEqual([
    '3de82c8df9a8d4574f06ad1150cbf016649f867b3563e98ef4f617e1f756d40e',
    '141f2482c340bc85eb6a8e91f40616e1299c148cb1873c69e7eea12d339b20dd',
    sha256(EXAMPLE.slice(EXAMPLE.indexOf('endpoints:'))),
  ])
  const json = parseSpec(printJson(spec), 'spec.json').value!
  expect(hashes.map(hash => hash(json))).toEqual(hashes.map(hash => hash(spec)))
})

test('endpoints have no part in the revision, and nothing else has a part in the hash of the membership', () => {
  fc.assert(
    fc.property(arbitrarySpec, spec => {
      const empty = { ...spec, services: spec.services.map(service => ({ ...service, endpoints: [] })) }
      expect(revisionOf(empty)).toBe(revisionOf(spec))
      expect(membershipHash(empty)).toBe(sha256('endpoints: {}\n'))
      const open = { ...spec, services: spec.services.map(service => ({ ...service, sourceRanges: [] })) }
      expect(membershipHash(open)).toBe(membershipHash(spec))
    }),
    MANY,
  )
})

test('every spec has the revision of its text, printed again or not', () => {
  fc.assert(
    fc.property(arbitrarySpec, spec => {
      const text = printYaml(spec)
      const revision = sha256(text.slice(0, text.indexOf('\nendpoints:') + 1))
      expect(sha256(printExposureYaml(spec))).toBe(revision)
      const printed = parseSpec(text, 'spec.yaml').value!
      const byHand = parseSpec(`# by hand\n${text.replace('nodes:', 'nodes: ')}`, 'spec.yaml').value!
      const json = parseSpec(printJson(spec), 'spec.json').value!
      expect([spec, printed, byHand, json].map(revisionOf)).toEqual(Array(4).fill(revision))
    }),
    MANY,
  )
})

test('the JSON form is made to be read', () => {
  expect(printJson(parseSpec(EXAMPLE, 'spec.yaml').value!)).toMatchInlineSnapshot(`
    "{
      "apiVersion": "balancing.elf.io/v1alpha1",
      "kind": "DataplaneSpec",
      "nodes": {
        "node-a1": {"zone": "eu-west-a", "addresses": ["192.168.50.1", "198.51.100.1", "fd00:50::1"]}
      },
      "services": {
        "kube-system/kube-dns": {
          "clusterIPs": ["10.96.0.10", "fd00:96::a"],
          "ports": {
            "dns": "53/UDP",
            "dns-tcp": "53/TCP"
          }
        },
        "shop/web": {
          "clusterIPs": ["10.96.3.7"],
          "externalIPs": ["203.0.113.9"],
          "loadBalancerIPs": ["198.51.100.80"],
          "sourceRanges": ["203.0.113.0/24"],
          "internalTrafficPolicy": "Local",
          "externalTrafficPolicy": "Local",
          "healthCheckNodePort": 32000,
          "affinitySeconds": 10800,
          "ports": {
            "": "80:30080/TCP",
            "admin": "8080/TCP except=198.51.100.80,203.0.113.9"
          }
        }
      },
      "endpoints": {
        "kube-system/kube-dns": [
          {"ports": {"dns": 53, "dns-tcp": 53}, "addresses": [
            "10.244.1.7 node-a1",
            "10.244.2.9 node-b1 not-ready terminating",
            "fd00:244:1::7 node-a1"
          ]}
        ]
      }
    }
    "
  `)
})
