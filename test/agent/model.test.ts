// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FixedSpec } from '../../src/agent/desired.ts'
import { Model } from '../../src/agent/model.ts'
import { ClusterStore } from '../../src/agent/store.ts'
import { compile } from '../../src/compile/compile.ts'
import { atNode, EXTERNAL } from '../../src/compile/viewpoint.ts'
import { emptyImage, type Image } from '../../src/datapath/image.ts'
import { encodeRevision, REVISION_KEY } from '../../src/datapath/revision.ts'
import { diff } from '../../src/plan/diff.ts'
import { planOf } from '../../src/plan/plan-of.ts'
import { servingIn } from '../../src/report/change/losses.ts'
import { canonicalTextOf } from '../../src/spec/canonical/text.ts'
import { printYaml } from '../../src/spec/print.ts'
import { revisionOf } from '../../src/spec/revision.ts'
import { type ApiEvent, apiEvents } from '../arbitrary/api-events.ts'
import { runs } from '../runs.ts'
import { Objects, OWN, tell } from './events.ts'

const PROGRAMS = 'ab'.repeat(32)

for (const node of ['n1', null]) {
  test(`${node ?? 'a host outside'}: after any events the model is what a full render and compile give, and so is each plan`, () => {
    fc.assert(
      fc.property(apiEvents, flushes => {
        const objects = new Objects()
        const known = new Set<string>()
        const store = new ClusterStore(() => {})
        const model = new Model(node)
        let before: Image = emptyImage()
        for (const events of flushes) {
          const all = node === null ? events : [...events, OWN]
          for (const event of all) {
            objects.happen(event)
            tell(store, event, known)
          }
          for (const change of store.take()) model.change(change)
          expect(store.isDirty).toBe(false)
          const full = objects.rendered()
          const own = full.nodes.find(({ name }) => name === node)
          expect(canonicalTextOf(model.spec())).toBe(printYaml(full))
          expect(model.revision()).toBe(revisionOf(full))
          const { image } = compile(full, own ? atNode(own) : EXTERNAL)
          const revision = encodeRevision({
            spec: revisionOf(full),
            programs: PROGRAMS,
            serving: servingIn(image).size,
          })
          const after: Image = { ...image, revision: new Map([[REVISION_KEY, revision]]) }
          expect(planOf(model.takeDelta(PROGRAMS))).toEqual(diff(before, after))
          expect(model.image).toEqual(after)
          const fixed = new FixedSpec(full, node)
          expect([...model.healthPorts()].sort()).toEqual([...fixed.healthPorts()].sort())
          expect(model.figures()).toMatchObject({ services: full.services.length, noLocal: fixed.figures().noLocal })
          before = after
        }
      }),
      { numRuns: runs(400) },
    )
  })
}

test('a Service and a node of which only other things change are not dirty', () => {
  const store = new ClusterStore(() => {})
  const node = { metadata: { name: 'n1' }, status: { addresses: [{ type: 'InternalIP', address: '192.168.50.1' }] } }
  store.put('nodes', 'n1', node)
  store.put('services', 'shop/a', {
    metadata: { namespace: 'shop', name: 'a' },
    spec: { clusterIP: '10.96.0.1', ports: [{ port: 80 }] },
  })
  expect([...store.take()].length).toBe(2)
  store.put('nodes', 'n1', { ...node, status: { ...node.status, conditions: [{ type: 'Ready' }] } })
  store.put('services', 'shop/a', {
    metadata: { namespace: 'shop', name: 'a', resourceVersion: '7' },
    spec: { clusterIP: '10.96.0.1', ports: [{ port: 80 }] },
  })
  expect(store.isDirty).toBe(false)
})

test('a host whose node is deleted serves on as it did', () => {
  const store = new ClusterStore(() => {})
  const model = new Model('n1')
  const known = new Set<string>()
  const flush = (...events: ApiEvent[]) => {
    for (const event of events) tell(store, event, known)
    for (const change of store.take()) model.change(change)
  }
  flush(OWN, {
    type: 'put',
    kind: 'services',
    object: {
      metadata: { namespace: 'shop', name: 'a' },
      spec: { type: 'NodePort', clusterIP: '10.96.0.1', ports: [{ port: 80, nodePort: 30_000 }] },
    },
  })
  const [image, text] = [structuredClone(model.image), canonicalTextOf(model.spec())]
  flush({ type: 'replace', kind: 'nodes', objects: [] })
  expect([model.image, canonicalTextOf(model.spec()), model.isNodeKnown()]).toEqual([image, text, true])
})

test('healthCheckNodePorts follow the endpoints of the node; those that were handed out stay as they were', () => {
  const store = new ClusterStore(() => {})
  const model = new Model('n1')
  const metadata = { namespace: 'shop', name: 'web' }
  const put = (healthCheckNodePort: number) => {
    const spec = {
      ...{ type: 'LoadBalancer', clusterIP: '10.96.0.1', externalTrafficPolicy: 'Local', healthCheckNodePort },
      ports: [{ port: 80 }],
    }
    store.put('services', 'shop/web', { metadata, spec })
  }
  const endpoints = (...nodes: string[]) => {
    const labels = { 'kubernetes.io/service-name': 'web' }
    store.put('endpointslices', 'shop/web-1', {
      metadata: { ...metadata, name: 'web-1', labels },
      ...{ addressType: 'IPv4', ports: [{ name: '', port: 8080 }] },
      endpoints: nodes.map((nodeName, i) => ({ addresses: [`10.0.0.${i + 1}`], nodeName })),
    })
  }
  const ports = () => {
    for (const change of store.take()) model.change(change)
    return model.healthPorts()
  }
  const health = (port: number, localEndpoints: number) => [
    ['shop/web', { namespace: 'shop', name: 'web', port, localEndpoints }],
  ]
  put(31_000)
  endpoints('n1', 'n2')
  const first = ports()
  expect([...first]).toEqual(health(31_000, 1))
  endpoints('n1', 'n2', 'n1')
  expect([...ports()]).toEqual(health(31_000, 2))
  put(31_001)
  expect([...ports()]).toEqual(health(31_001, 2))
  store.remove('services', 'shop/web')
  expect([...ports()]).toEqual([])
  expect([...first]).toEqual(health(31_000, 1))
})
