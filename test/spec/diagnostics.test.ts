// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest'
import { printDiagnostics } from '../../src/base/print-diagnostic.ts'
import { parseSpec } from '../../src/spec/parse.ts'
import { changed, EXAMPLE, WITHOUT_ENDPOINTS } from './example.ts'

/** What the user sees; nothing when the text is a spec. */
function mistakes(text: string, file = 'spec.yaml'): string {
  return printDiagnostics(parseSpec(text, file).diagnostics)
}

test('a good spec has none', () => {
  expect(mistakes(EXAMPLE)).toBe('')
})

test('unknown-field, everywhere', () => {
  const text = changed('addresses: [192', 'adresses: [192')
    .replace('    affinitySeconds', '    afinitySeconds')
    .replace('endpoints:\n', 'extra: 1\nendpoints:\n')
    .replace('    addresses:\n', '    hosts:\n')
  expect(mistakes(text)).toMatchInlineSnapshot(`
    "spec.yaml:5:30: error[unknown-field] "adresses" is not a field of a node
         5 |   node-a1: {zone: eu-west-a, adresses: [192.168.50.1, 198.51.100.1, fd00:50::1]}
           |                              ^^^^^^^^
      hint: did you mean "addresses"?
    spec.yaml:20:5: error[unknown-field] "afinitySeconds" is not a field of a Service
        20 |     afinitySeconds: 10800
           |     ^^^^^^^^^^^^^^
      hint: did you mean "affinitySeconds"?
    spec.yaml:24:1: error[unknown-field] "extra" is not a field of a dataplane spec
        24 | extra: 1
           | ^^^^^
      hint: the fields are apiVersion, kind, nodes, services, endpoints
    spec.yaml:27:5: error[missing-field] an endpoint group needs "addresses"
        27 |   - ports: {dns: 53, dns-tcp: 53}
           |     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    spec.yaml:28:5: error[unknown-field] "hosts" is not a field of an endpoint group
        28 |     hosts:
           |     ^^^^^
      hint: the fields are ports, addresses"
  `)
})

test('missing-field', () => {
  expect(mistakes(WITHOUT_ENDPOINTS)).toMatchInlineSnapshot(`
    "spec.yaml:2:1: error[missing-field] a dataplane spec needs "endpoints"
         2 | apiVersion: balancing.elf.io/v1alpha1
           | ^
      hint: without them it is an exposure, which validate, fmt and diff --only exposure take; render writes whole specs"
  `)
  expect(mistakes(changed('    clusterIPs: [10.96.3.7]\n', ''))).toMatchInlineSnapshot(`
    "spec.yaml:12:3: error[missing-field] a Service needs "clusterIPs"
        12 |   shop/web:
           |   ^^^^^^^^"
  `)
})

test('wrong-type', () => {
  const text = changed('clusterIPs: [10.96.3.7]', 'clusterIPs: 10.96.3.7')
    .replace('zone: eu-west-a', 'zone: 1')
    .replace('affinitySeconds: 10800', 'affinitySeconds: "10800"')
    .replace('dns: 53/UDP', 'dns: 53')
    .replace('{dns: 53, dns-tcp: 53}', '{dns: 53.5, dns-tcp: }')
  expect(mistakes(text)).toMatchInlineSnapshot(`
    "spec.yaml:5:19: error[wrong-type] "zone" is a number, but must be text
         5 |   node-a1: {zone: 1, addresses: [192.168.50.1, 198.51.100.1, fd00:50::1]}
           |                   ^
      hint: put it in quotes
    spec.yaml:10:12: error[wrong-type] "dns" is a number, but must be text
        10 |       dns: 53
           |            ^^
      hint: put it in quotes
    spec.yaml:13:17: error[wrong-type] "clusterIPs" is text, but must be a list
        13 |     clusterIPs: 10.96.3.7
           |                 ^^^^^^^^^
    spec.yaml:20:22: error[wrong-type] "affinitySeconds" is text, but must be a whole number
        20 |     affinitySeconds: "10800"
           |                      ^^^^^^^
      hint: write the number without quotes
    spec.yaml:26:18: error[wrong-type] "dns" is a number, but must be a whole number
        26 |   - ports: {dns: 53.5, dns-tcp: }
           |                  ^^^^
    spec.yaml:26:24: error[wrong-type] "dns-tcp" is empty, but must be a whole number
        26 |   - ports: {dns: 53.5, dns-tcp: }
           |                        ^^^^^^^"
  `)
})

test('unknown-value', () => {
  const text = changed('internalTrafficPolicy: Local', 'internalTrafficPolicy: local')
  expect(mistakes(text.replace('externalTrafficPolicy: Local', 'externalTrafficPolicy: true'))).toMatchInlineSnapshot(`
    "spec.yaml:17:28: error[unknown-value] "internalTrafficPolicy" is "local", not "Cluster" or "Local"
        17 |     internalTrafficPolicy: local
           |                            ^^^^^
      hint: did you mean "Local"?
    spec.yaml:18:28: error[unknown-value] "externalTrafficPolicy" is true, not "Cluster" or "Local"
        18 |     externalTrafficPolicy: true
           |                            ^^^^"
  `)
})

test('out-of-range', () => {
  const text = changed('affinitySeconds: 10800', 'affinitySeconds: 86401')
    .replace('healthCheckNodePort: 32000', 'healthCheckNodePort: 0')
    .replace('dns-tcp: 53}', 'dns-tcp: 70000}')
  expect(mistakes(text)).toMatchInlineSnapshot(`
    "spec.yaml:19:26: error[out-of-range] 0 is out of range: 1 to 65535
        19 |     healthCheckNodePort: 0
           |                          ^
    spec.yaml:20:22: error[out-of-range] 86401 is out of range: 1 to 86400
        20 |     affinitySeconds: 86401
           |                      ^^^^^
    spec.yaml:26:31: error[out-of-range] 70000 is out of range: 1 to 65535
        26 |   - ports: {dns: 53, dns-tcp: 70000}
           |                               ^^^^^"
  `)
})

test('no-cluster-ip', () => {
  expect(mistakes(changed('clusterIPs: [10.96.3.7]', 'clusterIPs: []'))).toMatchInlineSnapshot(`
    "spec.yaml:13:17: error[no-cluster-ip] a Service needs at least one cluster IP
        13 |     clusterIPs: []
           |                 ^^"
  `)
})

test('bad-address, bad-cidr, bad-name', () => {
  const text = changed('192.168.50.1,', '192.168.50.256,')
    .replace('203.0.113.0/24', '203.0.113.0/33')
    .replace('node-a1:', '"node a1":')
    .replace('  shop/web:', '  web:')
    .replace('zone: eu-west-a', 'zone: eu/west')
  expect(mistakes(text)).toMatchInlineSnapshot(`
    "spec.yaml:5:3: error[bad-name] "node a1" is not a name
         5 |   "node a1": {zone: eu/west, addresses: [192.168.50.256, 198.51.100.1, fd00:50::1]}
           |   ^^^^^^^^^
      hint: names are letters, digits, dots, dashes and underscores
    spec.yaml:5:21: error[bad-name] "eu/west" is not a name
         5 |   "node a1": {zone: eu/west, addresses: [192.168.50.256, 198.51.100.1, fd00:50::1]}
           |                     ^^^^^^^
      hint: write "eu%2Fwest": all but letters, digits, ".", "-" and "_" is written as in a URL
    spec.yaml:5:42: error[bad-address] "192.168.50.256" is not an IP address
         5 |   "node a1": {zone: eu/west, addresses: [192.168.50.256, 198.51.100.1, fd00:50::1]}
           |                                          ^^^^^^^^^^^^^^
    spec.yaml:12:3: error[bad-name] "web" is not NAMESPACE/NAME
        12 |   web:
           |   ^^^
      hint: names are letters, digits, dots, dashes and underscores
    spec.yaml:16:20: error[bad-cidr] "203.0.113.0/33" is not a network: ADDRESS/PREFIX
        16 |     sourceRanges: [203.0.113.0/33]
           |                    ^^^^^^^^^^^^^^"
  `)
})

test('bad-port-line, bad-port, unknown-protocol, unknown-word', () => {
  const text = changed('dns: 53/UDP', 'dns: UDP 53')
    .replace('dns-tcp: 53/TCP', 'dns-tcp: 1:2:0/tpc')
    .replace('80:30080/TCP', "'80:65536/ICMP'")
    .replace('8080/TCP except=198', '8080/TCP excpt=198')
  expect(mistakes(text)).toMatchInlineSnapshot(`
    "spec.yaml:10:12: error[bad-port-line] "UDP 53" is not a port line
        10 |       dns: UDP 53
           |            ^^^^^^
      hint: write PORT[:NODEPORT]/PROTOCOL[ except=ADDRESS,ADDRESS]
    spec.yaml:11:16: error[bad-port-line] "1:2:0" has more than two numbers
        11 |       dns-tcp: 1:2:0/tpc
           |                ^^^^^
      hint: write PORT[:NODEPORT]/PROTOCOL[ except=ADDRESS,ADDRESS]
    spec.yaml:11:22: error[unknown-protocol] "tpc" is not a protocol
        11 |       dns-tcp: 1:2:0/tpc
           |                      ^^^
      hint: the protocols are TCP, UDP, SCTP
    spec.yaml:22:15: error[bad-port] "65536" is not a port: 1 to 65535
        22 |       "": '80:65536/ICMP'
           |               ^^^^^
    spec.yaml:22:21: error[unknown-protocol] "ICMP" is not a protocol
        22 |       "": '80:65536/ICMP'
           |                     ^^^^
      hint: the protocols are TCP, UDP, SCTP
    spec.yaml:23:23: error[unknown-word] "excpt=198.51.100.80,203.0.113.9" is not known here
        23 |       admin: 8080/TCP excpt=198.51.100.80,203.0.113.9
           |                       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      hint: did you mean "except="?"
  `)
})

test('mistakes in the addresses of except=', () => {
  expect(mistakes(changed('except=198.51.100.80,203', 'except=198.51.100,203'))).toMatchInlineSnapshot(`
    "spec.yaml:23:30: error[bad-address] "198.51.100" is not an IP address
        23 |       admin: 8080/TCP except=198.51.100,203.0.113.9
           |                              ^^^^^^^^^^"
  `)
})

test('endpoint lines: bad-address, unknown-word, bad-name, bad-endpoint-line', () => {
  const text = changed('10.244.1.7 node-a1', '10.244.1 node-a1 not-redy')
    .replace('node-b1 not-ready terminating', 'node-b1 terminating  not-ready zne=b for-zones=a,,b')
    .replace('fd00:244:1::7 node-a1', '"fd00:244:1::7 node=\\u0061; not-ready not-ready"')
  expect(mistakes(text)).toMatchInlineSnapshot(`
    "spec.yaml:28:7: error[bad-address] "10.244.1" is not an IP address
        28 |     - 10.244.1 node-a1 not-redy
           |       ^^^^^^^^
    spec.yaml:28:24: error[unknown-word] "not-redy" is not known in an endpoint line
        28 |     - 10.244.1 node-a1 not-redy
           |                        ^^^^^^^^
      hint: did you mean "not-ready"?
    spec.yaml:29:38: error[bad-endpoint-line] there is a space too many
        29 |     - 10.244.2.9 node-b1 terminating  not-ready zne=b for-zones=a,,b
           |                                      ^
      hint: the order is ADDRESS NODE zone=ZONE for-zones=A,B for-nodes=N,M not-ready not-serving terminating, one space between
    spec.yaml:29:39: error[bad-endpoint-line] "not-ready" is not in its place
        29 |     - 10.244.2.9 node-b1 terminating  not-ready zne=b for-zones=a,,b
           |                                       ^^^^^^^^^
      hint: the order is ADDRESS NODE zone=ZONE for-zones=A,B for-nodes=N,M not-ready not-serving terminating, one space between
    spec.yaml:29:49: error[unknown-word] "zne=b" is not known in an endpoint line
        29 |     - 10.244.2.9 node-b1 terminating  not-ready zne=b for-zones=a,,b
           |                                                 ^^^^^
      hint: did you mean "zone="?
    spec.yaml:29:55: error[bad-endpoint-line] "for-zones=a,,b" is not in its place
        29 |     - 10.244.2.9 node-b1 terminating  not-ready zne=b for-zones=a,,b
           |                                                       ^^^^^^^^^^^^^^
      hint: the order is ADDRESS NODE zone=ZONE for-zones=A,B for-nodes=N,M not-ready not-serving terminating, one space between
    spec.yaml:30:22: error[bad-name] "a;" is not a name
        30 |     - "fd00:244:1::7 node=\\u0061; not-ready not-ready"
           |                      ^^^^^^^
      hint: write "a%3B": all but letters, digits, ".", "-" and "_" is written as in a URL
    spec.yaml:30:45: error[bad-endpoint-line] "not-ready" is not in its place
        30 |     - "fd00:244:1::7 node=\\u0061; not-ready not-ready"
           |                                             ^^^^^^^^^
      hint: the order is ADDRESS NODE zone=ZONE for-zones=A,B for-nodes=N,M not-ready not-serving terminating, one space between"
  `)
})

test('unknown-service and unknown-port', () => {
  const text = changed('endpoints:\n', 'endpoints:\n  shop/wbe:\n  - {ports: {}, addresses: [10.0.0.1]}\n')
  expect(mistakes(text.replace('dns-tcp: 53}', 'dns-tpc: 53}'))).toMatchInlineSnapshot(`
    "spec.yaml:25:3: error[unknown-service] there is no Service "shop/wbe"
        25 |   shop/wbe:
           |   ^^^^^^^^
      hint: did you mean "shop/web"?
    spec.yaml:28:22: error[unknown-port] Service kube-system/kube-dns has no port "dns-tpc"
        28 |   - ports: {dns: 53, dns-tpc: 53}
           |                      ^^^^^^^
      hint: did you mean "dns-tcp"?"
  `)
})

test('not-a-vip', () => {
  expect(mistakes(changed('except=198.51.100.80', 'except=198.51.100.81'))).toMatchInlineSnapshot(`
    "spec.yaml:23:14: error[not-a-vip] Service shop/web has no VIP 198.51.100.81
        23 |       admin: 8080/TCP except=198.51.100.81,203.0.113.9
           |              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      hint: except= takes cluster, external and load balancer IPs of this Service"
  `)
})

test('frontend-claimed-twice names the other Service and its line', () => {
  const other = '  shop/web2:\n    clusterIPs: [10.96.3.7]\n    ports: {http: 80/TCP, udp: 80/UDP}\n'
  expect(mistakes(changed('endpoints:\n', `${other}endpoints:\n`))).toMatchInlineSnapshot(`
    "spec.yaml:26:19: error[frontend-claimed-twice] 10.96.3.7:80/TCP belongs to shop/web already (line 22)
        26 |     ports: {http: 80/TCP, udp: 80/UDP}
           |                   ^^^^^^
      hint: except=ADDRESS leaves a VIP to the other Service"
  `)
})

test('frontend-claimed-twice within a Service', () => {
  expect(mistakes(changed('dns-tcp: 53/TCP', 'dns-tcp: 53/UDP'))).toMatchInlineSnapshot(`
    "spec.yaml:11:16: error[frontend-claimed-twice] 10.96.0.10:53/UDP belongs to kube-system/kube-dns:dns already (line 10)
        11 |       dns-tcp: 53/UDP
           |                ^^^^^^
      hint: except=ADDRESS leaves a VIP to the other Service"
  `)
})

test('node-port-claimed-twice, when a family is common', () => {
  const other = (ip: string): string => `  shop/web2:\n    clusterIPs: [${ip}]\n    ports: {http: 81:30080/TCP}\n`
  expect(mistakes(changed('endpoints:\n', `${other('10.96.3.8')}endpoints:\n`))).toMatchInlineSnapshot(`
    "spec.yaml:26:19: error[node-port-claimed-twice] node port 30080/TCP (IPv4) belongs to shop/web already (line 22)
        26 |     ports: {http: 81:30080/TCP}
           |                   ^^^^^^^^^^^^"
  `)
  expect(mistakes(changed('endpoints:\n', `${other('fd00:96::8')}endpoints:\n`))).toBe('')
})

test('wrong-kind and wrong-api-version end it there', () => {
  const text = changed('kind: DataplaneSpec', 'kind: List').replace('zone:', 'zune:')
  expect(mistakes(text)).toMatchInlineSnapshot(`
    "spec.yaml:3:7: error[wrong-kind] kind is "List", not "DataplaneSpec"
         3 | kind: List
           |       ^^^^
      hint: balancing render turns cluster objects into a dataplane spec"
  `)
  expect(mistakes(changed('elf.io/v1alpha1\nkind', 'elf.io/v1beta1\nkind'))).toMatchInlineSnapshot(`
    "spec.yaml:2:13: error[wrong-api-version] apiVersion is "balancing.elf.io/v1beta1", not "balancing.elf.io/v1alpha1"
         2 | apiVersion: balancing.elf.io/v1beta1
           |             ^^^^^^^^^^^^^^^^^^^^^^^^
      hint: another version of balancing wrote it: use that version, or render the spec again with this one"
  `)
  expect(mistakes('a: 1\n')).toMatchInlineSnapshot(`
    "spec.yaml:1:1: error[wrong-kind] this is not a dataplane spec: it has no apiVersion and kind
         1 | a: 1
           | ^
      hint: its first lines are "apiVersion: balancing.elf.io/v1alpha1" and "kind: DataplaneSpec""
  `)
})

test('what is no document has one error', () => {
  expect(mistakes('')).toMatchInlineSnapshot(`"spec.yaml: error[empty-document] there is nothing in this file"`)
  expect(mistakes('\n# nothing\n')).toMatchInlineSnapshot(
    `"spec.yaml: error[empty-document] there is nothing in this file"`,
  )
  expect(mistakes('- a\n')).toMatchInlineSnapshot(`
    "spec.yaml:1:1: error[not-a-mapping] a dataplane spec is a mapping with apiVersion and kind
         1 | - a
           | ^"
  `)
  expect(mistakes(`${EXAMPLE}---\n${EXAMPLE}`)).toMatchInlineSnapshot(`
    "spec.yaml:31:1: error[many-documents] a second document starts here
        31 | ---
           | ^^^"
  `)
  expect(mistakes(EXAMPLE.slice(0, EXAMPLE.indexOf(', fd00:50')))).toMatchInlineSnapshot(`
    "spec.yaml:5:67: error[truncated-document] the document ends in the middle of a value
         5 |   node-a1: {zone: eu-west-a, addresses: [192.168.50.1, 198.51.100.1
           |                                                                   ^
      hint: is the file complete?"
  `)
  expect(mistakes('{"apiVersion": "balancing.elf.io/v1alpha1", "nodes": {', 'spec.json')).toMatchInlineSnapshot(`
    "spec.json:1:54: error[truncated-document] the document ends in the middle of a value
         1 | {"apiVersion": "balancing.elf.io/v1alpha1", "nodes": {
           |                                                      ^
      hint: is the file complete?"
  `)
})

test('no-final-line-break is a warning', () => {
  expect(mistakes(EXAMPLE.trimEnd())).toMatchInlineSnapshot(`
    "spec.yaml:30:1: warning[no-final-line-break] the last line has no end
      hint: is the file complete? Every printed spec ends with a line break"
  `)
})

test('yaml-syntax', () => {
  expect(mistakes(changed('    clusterIPs: [10.96.3.7]', '     clusterIPs: [10.96.3.7]'))).toMatchInlineSnapshot(`
    "spec.yaml:14:1: error[yaml-syntax] all mapping items must start at the same column
        14 |     externalIPs: [203.0.113.9]
           | ^"
  `)
  expect(mistakes(changed('  node-a1:', '  1:'))).toMatchInlineSnapshot(`
    "spec.yaml:5:3: error[yaml-syntax] a key must be text: put it in quotes
         5 |   1: {zone: eu-west-a, addresses: [192.168.50.1, 198.51.100.1, fd00:50::1]}
           |   ^"
  `)
  expect(mistakes(changed('[10.96.3.7]', '*ips'))).toMatchInlineSnapshot(`
    "spec.yaml:13:18: error[yaml-syntax] a spec has no aliases: write the value out
        13 |     clusterIPs: *ips
           |                  ^"
  `)
})

test('duplicate-key, in YAML and JSON', () => {
  expect(mistakes(changed('      dns: 53/UDP', '      dns: 53/UDP\n      dns: 54/UDP'))).toMatchInlineSnapshot(`
    "spec.yaml:11:7: error[duplicate-key] "dns" is here twice
        11 |       dns: 54/UDP
           |       ^"
  `)
  const json = '{"apiVersion": "balancing.elf.io/v1alpha1",\n "kind": "x",\n "k\\u0069nd": "DataplaneSpec"}'
  expect(mistakes(json, 'spec.json')).toMatchInlineSnapshot(`
    "spec.json:3:2: error[duplicate-key] "k\\u0069nd" is here twice
         3 |  "k\\u0069nd": "DataplaneSpec"}
           |  ^"
  `)
})

test('JSON has places too', () => {
  const json = `{
  "apiVersion": "balancing.elf.io/v1alpha1", "kind": "DataplaneSpec", "nodes": {},
  "services": {"a/x": {"clusterIPs": ["10.0.0.1"], "ports": {"": "80/TPC"}}},
  "endpoints": {"a/x": [{"ports": {"": 80}, "addresses": ["10.0.0.2 n1 not-ready zone=b"]}]}
}`
  expect(mistakes(json, 'spec.json')).toMatchInlineSnapshot(`
    "spec.json:3:70: error[unknown-protocol] "TPC" is not a protocol
         3 |   "services": {"a/x": {"clusterIPs": ["10.0.0.1"], "ports": {"": "80/TPC"}}},
           |                                                                      ^^^
      hint: the protocols are TCP, UDP, SCTP
    spec.json:4:82: error[bad-endpoint-line] "zone=b" is not in its place
         4 | "endpoints": {"a/x": [{"ports": {"": 80}, "addresses": ["10.0.0.2 n1 not-ready zone=b"]}]}
           |                                                                                ^^^^^^
      hint: the order is ADDRESS NODE zone=ZONE for-zones=A,B for-nodes=N,M not-ready not-serving terminating, one space between"
  `)
})
