// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hasErrors } from '../../src/base/diagnostic.ts'
import { render } from '../../src/render/render.ts'
import { readCanonical } from '../../src/spec/canonical/read.ts'
import { parseEndpointLine, printEndpointLine } from '../../src/spec/line/endpoint.ts'
import { decodeText, encodeText } from '../../src/spec/line/text.ts'
import { parseSpec } from '../../src/spec/parse.ts'
import { printJson, printYaml } from '../../src/spec/print.ts'
import { arbitraryText } from '../arbitrary/hostile.ts'
import { arbitraryEndpoint, arbitraryName } from '../arbitrary/spec.ts'
import { compileAt } from '../build/compile.ts'
import { loadText } from '../build/load.ts'
import { list, node, service, slice } from '../build/objects.ts'
import { runs } from '../runs.ts'

/** What kube-apiserver admits: any zone, label values as hints (the empty one too), DNS subdomains as names of nodes, DNS labels as names of ports. */
const subdomain = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,5}[a-z0-9])?(\.[a-z0-9]{1,4})?$/)
const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,5}[a-z0-9])?$/)
const labelValue = fc.oneof(fc.stringMatching(/^([A-Za-z0-9]([A-Za-z0-9._-]{0,5}[A-Za-z0-9])?)?$/), arbitraryName)
const zone = fc.oneof(arbitraryText, fc.string(), labelValue)
const hints = fc.uniqueArray(labelValue, { maxLength: 3 })
const endpoint = fc.record(
  {
    addresses: fc.nat(20).map(n => [`10.244.0.${n}`]),
    nodeName: fc.oneof(fc.constantFrom('n1', 'n2', 'terminating', 'not-ready'), subdomain),
    zone,
    hints: fc.record({
      forZones: hints.map(names => names.map(name => ({ name }))),
      forNodes: fc.uniqueArray(subdomain, { maxLength: 2 }).map(names => names.map(name => ({ name }))),
    }),
    conditions: fc.record({ ready: fc.boolean(), serving: fc.boolean(), terminating: fc.boolean() }),
  },
  { requiredKeys: ['addresses'] },
)

/** Two nodes, whose zones are labels, and a Service with two ports. */
const exported = fc
  .tuple(fc.uniqueArray(label, { minLength: 2, maxLength: 2 }), fc.tuple(labelValue, labelValue), fc.array(endpoint))
  .map(([names, zones, endpoints]) => {
    const ports = names.map((name, i) => ({ name, port: 80 + i, protocol: 'TCP' }))
    return list(
      node({ name: 'n1', zone: zones[0] }),
      node({ name: 'n2', zone: zones[1], addresses: ['192.168.0.2'] }),
      service({ spec: { ports } }),
      slice({ ports, endpoints }),
    )
  })

const MANY = { numRuns: runs(500) }

test('text that the API server admits is in the spec, which every reader takes, and means the same', () => {
  fc.assert(
    fc.property(exported, objects => {
      const cluster = loadText(JSON.stringify(objects))
      expect(hasErrors(cluster.diagnostics)).toBe(false)
      const { spec } = render(cluster.value!)
      const text = printYaml(spec)
      expect(readCanonical(text)).toEqual(spec)
      for (const read of [text, `# by hand\n${text}`, printJson(spec)]) {
        const { value, diagnostics } = parseSpec(read, 'spec')
        expect(diagnostics).toEqual([])
        expect(value).toEqual(spec)
      }
      const given = (objects.items as { endpoints?: { zone?: string }[] }[])[3]!.endpoints!
      const endpoints = spec.services[0]!.endpoints.flatMap(group => group.endpoints)
      for (const { zone, node } of endpoints) {
        // The zone of its node is not said again.
        const meant = zone === undefined ? [undefined, spec.nodes.find(({ name }) => name === node)?.zone] : [zone]
        expect(given.some(({ zone }) => meant.includes(zone || undefined))).toBe(true)
      }
    }),
    MANY,
  )
})

test('a spec with such text compiles to the same maps, printed and read or not', () => {
  fc.assert(
    fc.property(exported, objects => {
      const { spec } = render(loadText(JSON.stringify(objects)).value!)
      const read = parseSpec(printYaml(spec), 'spec.yaml').value!
      for (const host of ['n1', 'n2', null]) expect(compileAt(read, host).image).toEqual(compileAt(spec, host).image)
    }),
    { numRuns: runs(20) },
  )
})

test('a line is its endpoint and no other', () => {
  fc.assert(
    fc.property(arbitraryEndpoint, endpoint => {
      const line = printEndpointLine(endpoint)
      expect(line).toMatch(/^[!-~]+( [!-~]+)*$/)
      expect(parseEndpointLine(line)).toEqual(endpoint)
    }),
    MANY,
  )
})

test('a word stands for one text', () => {
  fc.assert(
    fc.property(arbitraryText, text => {
      expect(encodeText(text)).toMatch(/^[A-Za-z0-9._%-]+$/)
      expect(decodeText(encodeText(text))).toBe(text)
    }),
    MANY,
  )
})

test.each([
  ['eu-west-1a', 'eu-west-1a'],
  ['', ''],
  ['eu west', 'eu%20west'],
  ['a,b', 'a%2Cb'],
  ['100%', '100%25'],
  ['zürich', 'z%C3%BCrich'],
])('%j is written %s', (text, word) => {
  expect(encodeText(text)).toBe(word)
})

test.each(['a b', 'a/b', 'a%', 'a%2', 'a%zz', '%ff', '%C3'])('%s stands for no text', word => {
  expect(decodeText(word)).toBeUndefined()
})
