// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest'
import { changesBetween } from '../../src/report/change/changes.ts'
import type { Service, TrafficPolicy } from '../../src/spec/spec.ts'
import { compileAt } from '../build/compile.ts'
import { service, specWith } from '../kernel/specs.ts'

/** A Service with an external address, as n1 sees it. */
function exposed(policy: TrafficPolicy, ...pods: string[]): Service {
  return { ...service(1, ...pods), externalIPs: ['203.0.113.1'], externalTrafficPolicy: policy }
}

function change(before: Service, after: Service) {
  const image = (s: Service) => compileAt(specWith(s), 'n1').image
  return changesBetween(image(before), image(after)).find(c => c.address === '203.0.113.1')
}

test('the backends for clients elsewhere are named only when they change in another way than those for clients of the node', () => {
  // External list p11 before and after: only the inside changed, though the lists became one.
  expect(change(exposed('Local', 'p11', 'p21'), exposed('Local', 'p11'))?.also).toEqual([])
  expect(change(exposed('Local', 'p11'), exposed('Local', 'p11', 'p21'))?.also).toEqual([])
  expect(change(exposed('Cluster', 'p11'), exposed('Cluster', 'p12'))?.also).toEqual([])
  expect(change(exposed('Local', 'p11', 'p21'), exposed('Local', 'p12', 'p21'))?.also).toEqual(['external-backends'])
  expect(change(exposed('Cluster', 'p21'), exposed('Local', 'p21'))?.also).toEqual([
    'external-backends',
    'traffic-policy',
  ])
})
