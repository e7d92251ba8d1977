// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs'
import { dump } from 'js-yaml'
import { describe, expect, it } from 'vitest'
import { loadCluster } from '../../src/cluster/load.ts'
import { loadText } from '../build/load.ts'
import { list, node, service, slice } from '../build/objects.ts'

const objects = [node(), service(), slice()]
const json = (value: unknown, indent = 4) => JSON.stringify(value, null, indent)

/** kinds and names, in order */
function names(...texts: string[]): string {
  const { value, diagnostics } = loadText(...texts)
  if (!value) return diagnostics.map(d => d.message).join('; ')
  const { nodes, services, slices } = value
  return [nodes, services, slices].map(list => list.map(object => object.name).join(',')).join(' ')
}

const YAML = `kind: Node
apiVersion: v1
metadata: {name: n1}
`
const LIST = `apiVersion: v1
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
    - port: 80
- addressType: IPv4
  apiVersion: discovery.k8s.io/v1
  endpoints:
  - addresses:
    - 10.244.0.1
  kind: EndpointSlice
  metadata:
    name: cart-1
    namespace: shop
kind: List
`

describe('every form of an export says the same', () => {
  const all = 'n1 cart cart-1'
  const texts: Record<string, string> = {
    'a JSON list': json(list(...objects)),
    'a JSON list on one line': json(list(...objects), 0),
    'a JSON array': json(objects),
    'JSON values one after the other': objects.map(o => json(o)).join('\n'),
    'JSON values without anything between them': objects.map(o => json(o, 0)).join(''),
    'JSON lists one after the other': objects.map(o => json(list(o))).join('\n'),
    'JSON with markers between': objects.map(o => json(o)).join('\n---\n'),
    'a list of lists': json(list(list(objects[0]), list(list(objects[1]), objects[2]))),
    'a kind before its items': json({ kind: 'List', apiVersion: 'v1', items: objects }),
    'a list with "items" in other places': json({ metadata: { items: ['items'] }, ...list(...objects), x: 'items' }),
    'YAML documents of JSON': objects.map(o => `--- # one\n${json(o)}\n`).join(''),
    'flow YAML': `# comment\n{apiVersion: v1, kind: List, items: [${objects.map(o => json(o, 0)).join(', ')}, ]}`,
    'a block list': LIST,
    'a list indented': LIST.replace(
      /(?<=items:\n)[\s\S]*(?=kind: List)/,
      body => `${body.replace(/^/gm, '  ').trimEnd()}\n`,
    ),
    'a list with comments': LIST.replace('items:\n', 'items: # all\n# first\n\n').replace('- addr', '# c\n\n- addr'),
    'Windows line ends': LIST.replaceAll('\n', '\r\n'),
    'a document end': `%YAML 1.2\n---\n${LIST}...\n`,
    'an empty document before and after': `---\n---\n${LIST}---\n# end\n`,
    'documents that end': objects.map(o => dump(o)).join('...\n'),
    'a byte order mark in JSON': `\ufeff${objects.map(o => json(o)).join('\n')}`,
    'a byte order mark': `\ufeff${LIST}`,
  }
  it.each(Object.entries(texts))('%s', (_, text) => {
    expect(names(text)).toBe(all)
  })
  it('typed lists from the API, whose items have no kind', () => {
    const items = objects.map(({ kind: _, apiVersion: __, ...rest }) => rest)
    const typed = (kind: string, apiVersion: string, item: unknown) => json({ kind, apiVersion, items: [item] })
    const text = [
      typed('NodeList', 'v1', items[0]),
      typed('ServiceList', 'v1', items[1]),
      typed('EndpointSliceList', 'discovery.k8s.io/v1', items[2]),
    ]
    expect(names(...text)).toBe(all)
  })
  it('several sources', () => {
    expect(names(...objects.map(o => json(o)))).toBe(all)
  })
  it('UTF-16 as PowerShell writes it', () => {
    const bytes = Buffer.from(`\ufeff${LIST}`, 'utf16le')
    expect(loadCluster([{ name: 'a', bytes }]).value?.services[0]?.name).toBe('cart')
  })
})

describe('YAML', () => {
  it('resolves anchors of another entry and merge keys', () => {
    const text = LIST.replace('metadata:\n    name: n1', 'metadata: &m\n    name: n1').replace(
      'metadata:\n    name: cart\n    namespace: shop\n  spec',
      'metadata:\n    <<: *m\n    namespace: shop\n  spec',
    )
    expect(names(text)).toBe('n1 n1 cart-1')
    expect(loadText(text).value?.skipped.size).toBe(0)
  })
  it('keeps block scalars that look like entries or documents together', () => {
    const text = LIST.replace(
      'metadata:\n    name: n1',
      'metadata:\n    name: n1\n    annotations:\n      a: |\n        - x\n        ---\n        items:',
    )
    expect(names(text)).toBe('n1 cart cart-1')
  })
  it('leaves dates, yes and octal-looking text alone', () => {
    const text = `${YAML.replace('{name: n1}', '{name: n1, creationTimestamp: 2026-01-01T00:00:00Z, labels: {a: yes}}')}`
    expect(loadText(text).diagnostics).toEqual([])
  })
})

describe('what is not ours', () => {
  it('is counted by kind', () => {
    const other = (kind: string, apiVersion = 'v1') => ({ apiVersion, kind, metadata: { name: 'x' } })
    const items = [
      other('Pod'),
      other('Endpoints'),
      other('Pod'),
      other('Service', 'serving.knative.dev/v1'),
      ...objects,
    ]
    const { value } = loadText(json(list(...items)))
    expect([...value!.skipped]).toEqual([
      ['Pod', 2],
      ['Endpoints', 1],
      ['Service of serving.knative.dev/v1', 1],
    ])
    expect(value!.services.length).toBe(1)
  })
  it('may have a field called items', () => {
    const text = json({ apiVersion: 'x/v1', kind: 'Basket', items: [service()] })
    expect([...loadText(text).value!.skipped]).toEqual([['Basket', 1]])
    expect(loadText(text).value!.services).toEqual([])
  })
})

describe('real exports', () => {
  const load = (name: string) => {
    const bytes = readFileSync(new URL(`../../${name}`, import.meta.url))
    const { value, diagnostics } = loadCluster([{ name, bytes }])
    expect(diagnostics).toEqual([])
    const content = <T extends object>(list: T[]) => list.map(object => ({ ...object, origin: null }))
    const { nodes, services, slices } = value!
    return { nodes: content(nodes), services: content(services), slices: content(slices) }
  }
  it('are read without complaint', () => {
    const { nodes, services, slices } = load('test/data/kube-proxy/cluster.json')
    expect([nodes.length, services.length, slices.length]).toEqual([3, 120, 171])
  })
  it('say the same in YAML and in JSON', () => {
    expect(load('examples/shop-rollout.yaml')).toEqual(load('examples/shop-rollout.json'))
  })
})
