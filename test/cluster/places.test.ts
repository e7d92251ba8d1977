// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest'
import { printDiagnostics } from '../../src/base/print-diagnostic.ts'
import { loadCluster } from '../../src/cluster/load.ts'
import { complaints } from '../build/load.ts'
import { list, service } from '../build/objects.ts'

const YAML = `apiVersion: v1
items:
- apiVersion: v1
  kind: Node
  metadata:
    name: n1
- apiVersion: v1
  kind: Service
  metadata:
    name: cart
    namespace: shop
  spec:
    clusterIP: 10.96.0.1
    ports:
    - port: "80"
      protocol: ICMP
kind: List
`

describe('places', () => {
  it('in a YAML list', () => {
    expect(complaints(YAML)).toBe(`\
a.yaml:15:13: error[wrong-type] Service shop/cart: spec.ports[0].port is the text "80", not a number
    15 |     - port: "80"
       |             ^^^^
  hint: write it without quotes
a.yaml:16:17: warning[unknown-value] Service shop/cart: spec.ports[0].protocol "ICMP" is not known and is ignored
    16 |       protocol: ICMP
       |                 ^^^^
  hint: one of TCP, UDP, SCTP`)
  })
  it('in a document read whole because of an alias', () => {
    const text = YAML.replace('name: n1', 'name: &n n1').replace('name: cart', 'name: *n').replace('ICMP', 'TCP')
    expect(complaints(text)).toBe(`\
a.yaml:15:13: error[wrong-type] Service shop/n1: spec.ports[0].port is the text "80", not a number
    15 |     - port: "80"
       |             ^^^^
  hint: write it without quotes`)
  })
  it('in pretty JSON', () => {
    const text = JSON.stringify(list(service(), service({ name: 'x', spec: { type: 'Foo' } })), null, 4)
    expect(complaints(text)).toBe(`\
a.yaml:50:25: warning[unknown-value] Service shop/x: spec.type "Foo" is not known and is ignored
    50 |                 "type": "Foo"
       |                         ^^^^^
  hint: one of ClusterIP, NodePort, LoadBalancer, ExternalName`)
  })
  it('in JSON on one line', () => {
    expect(complaints('[{"kind":"Node","apiVersion":"v1","metadata":{"name":"é"}}]')).toBe(`\
a.yaml:1:54: error[bad-name] Node é: metadata.name "é" is not a name
     1 | [{"kind":"Node","apiVersion":"v1","metadata":{"name":"é"}}]
       |                                                      ^^^`)
  })
  it('in a later document', () => {
    expect(complaints(`${YAML.replace('"80"', '80').replace('ICMP', 'TCP')}---\nkind: Node\napiVersion: v1\n`)).toBe(`\
a.yaml:19:1: error[missing-field] Node: metadata is missing
    19 | kind: Node
       | ^^^^^^^^^^`)
  })
})

describe('texts that end too soon', () => {
  it('JSON', () => {
    const text = JSON.stringify(list(service()), null, 1).slice(0, 200)
    expect(complaints(text)).toBe(`\
a.yaml:13:6: error[syntax] the JSON ends in the middle of a value
    13 |     "c
       |      ^
  hint: the export was cut off; write it again`)
  })
  it('YAML between two lines', () => {
    expect(complaints(YAML.slice(0, YAML.indexOf('  spec:')))).toContain(`\
a.yaml:11:20: error[syntax] the list ends without its kind
    11 |     namespace: shop
       |                    ^
  hint: the export was cut off; write it again`)
  })
  it('YAML in a quoted text', () => {
    expect(complaints(YAML.slice(0, YAML.indexOf('80"')))).toContain('error[syntax]')
  })
  it.each(['', '\n \n', '# nothing\n', '---\n'])('%j', text => {
    expect(complaints(text)).toBe(`\
a.yaml: error[empty-input] there is nothing in it
  hint: did the command that wrote it fail?`)
  })
})

describe('broken texts', () => {
  it.each([
    ['[{"kind":"Pod"} {"kind":"Pod"}]', 'a.yaml:1:17: error[syntax] a comma is missing before this'],
    ['[{"kind":"Pod"},]', 'a.yaml:1:17: error[syntax] here is a comma too many'],
    ['[{"kind":"Pod"}, 3]', 'a.yaml:1:18: error[syntax] here should be an object'],
    ['{"kind":"Pod"} x', 'a.yaml:1:16: error[syntax] here should begin a JSON value'],
    ['kind: Pod\n a: b\n', 'a.yaml:2:3: error[syntax]'],
    ['- x\n', 'a.yaml:1:1: error[not-an-object] this is not a Kubernetes object'],
    ['hello\n', 'a.yaml:1:1: error[not-an-object] this is not a Kubernetes object'],
  ])('%j', (text, expected) => {
    expect(complaints(text)).toContain(expected)
  })
  it('names every entry of a list that is broken', () => {
    const text = 'kind: List\nitems:\n- a: "\n- kind: Pod\n- b: [\n'
    expect(complaints(text).match(/a\.yaml:\d+/g)).toEqual(['a.yaml:4', 'a.yaml:6'])
  })
})

it('stays short with 20,000 bad objects', () => {
  const bad = Array.from({ length: 20_000 }, (_, i) => service({ name: `s${i}`, spec: { type: 'X' } }))
  const bytes = Buffer.from(JSON.stringify(list(...bad), null, 4))
  const printed = printDiagnostics(loadCluster([{ name: 'big.json', bytes }]).diagnostics)
  expect(printed.match(/warning\[/g)).toHaveLength(201)
  expect(printed).toContain('warning[unknown-value] and 19800 more of this kind')
})
