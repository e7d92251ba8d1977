// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ConfigMapSource } from '../../src/agent/gate/config-map-source.ts'
import { Status } from '../../src/agent/status.ts'
import { error, type Result } from '../../src/base/diagnostic.ts'
import { splitSpec } from '../../src/spec/directory/split.ts'
import { revisionOf } from '../../src/spec/revision.ts'
import type { Service, Spec } from '../../src/spec/spec.ts'

const WHERE = 'in namespace exposure with the label balancing.elf.io/exposure=stable'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

function service(namespace: string, last: number): Service {
  return {
    namespace,
    name: 'web',
    clusterIPs: [`10.96.0.${last}`],
    externalIPs: [],
    loadBalancerIPs: [],
    sourceRanges: [],
    internalTrafficPolicy: 'Cluster',
    externalTrafficPolicy: 'Cluster',
    ports: [{ name: '', port: 80, protocol: 'TCP', except: [] }],
    endpoints: [],
  }
}

const exposure = (...services: Service[]): Spec => ({ nodes: [], services })
const filesOf = (spec: Spec) => splitSpec({ spec, isExposure: true })
const FIRST = exposure(service('bank', 1), service('shop', 2))
const SECOND = exposure(service('bank', 1), service('shop', 3))

/** A source, what it offered (a revision, or the code and message of a mistake), and how to give it ConfigMaps, one a file. */
function started() {
  const offers: string[] = []
  const offer = ({ value, diagnostics }: Result<Spec>) =>
    offers.push(value ? revisionOf(value) : `${diagnostics[0]!.code}: ${diagnostics[0]!.message}`)
  const source = new ConfigMapSource({ where: WHERE, offer, status: new Status('gated', 'n1'), log: () => {} })
  const put = (name: string, files: ReadonlyMap<string, string>) =>
    source.put('configmaps', `exposure/${name}`, { data: { [name]: files.get(name), 'notes.txt': 'no part' } })
  const putAll = (files: ReadonlyMap<string, string>) => {
    for (const name of files.keys()) put(name, files)
  }
  return { source, offers, put, putAll }
}

test('ConfigMaps are offered when all have come, and again when they are another whole', () => {
  const { source, offers, put, putAll } = started()
  putAll(filesOf(FIRST))
  vi.advanceTimersByTime(60_000)
  expect(offers).toEqual([])
  source.listed()
  expect(offers).toEqual([revisionOf(FIRST)])
  const next = filesOf(SECOND)
  put('namespace-shop.yaml', next)
  vi.advanceTimersByTime(5000)
  expect(offers).toHaveLength(1)
  put('index.yaml', next)
  vi.advanceTimersByTime(100)
  expect(offers.slice(1)).toEqual([revisionOf(SECOND)])
  vi.advanceTimersByTime(60_000)
  expect(offers).toHaveLength(2)
})

test('what is not whole for ten seconds is offered with its mistake; at the start at once', () => {
  const { source, offers, putAll } = started()
  source.listed()
  expect(offers).toEqual([`no-index: none of the ConfigMaps ${WHERE} has the key index.yaml`])
  putAll(filesOf(FIRST))
  vi.advanceTimersByTime(100)
  source.remove('configmaps', 'exposure/namespace-bank.yaml')
  vi.advanceTimersByTime(9000)
  expect(offers.slice(1)).toEqual([revisionOf(FIRST)])
  vi.advanceTimersByTime(2000)
  expect(offers.slice(2)).toEqual(['missing-file: namespace-bank.yaml is in the index, and not in the directory'])
})

test('a file in two ConfigMaps is a mistake', () => {
  const { source, offers, putAll } = started()
  const files = filesOf(FIRST)
  putAll(files)
  source.put('configmaps', 'exposure/copy', { data: { 'namespace-bank.yaml': files.get('namespace-bank.yaml') } })
  source.listed()
  expect(offers).toEqual([
    'given-twice: ConfigMap exposure/namespace-bank.yaml has namespace-bank.yaml, and so has exposure/copy',
  ])
})

test('ConfigMaps that cannot be read count as a mistake only until some were', () => {
  const { source, offers, putAll } = started()
  const forbidden = error('api-forbidden', 'listing configmaps is not allowed')
  source.lost('configmaps', forbidden, 1000)
  expect(offers).toEqual(['api-forbidden: listing configmaps is not allowed'])
  putAll(filesOf(FIRST))
  source.listed()
  source.lost('configmaps', forbidden, 1000)
  vi.advanceTimersByTime(60_000)
  expect(offers.slice(1)).toEqual([revisionOf(FIRST)])
})
