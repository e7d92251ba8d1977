// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest'
import { decode } from '../../src/datapath/codec.ts'
import { enums } from '../../src/datapath/layout.gen.ts'
import { changesBetween } from '../../src/report/change/changes.ts'
import { aspectsThatDiffer, MEANINGS } from '../../src/report/change/frontend-fields.ts'
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
    'external-policy',
  ])
})

test('each flag has a meaning of its own, and bits that no build sets are damage', () => {
  const frontend = decode('frontend', [...compileAt(specWith(service(1, 'p11')), 'n1').image.frontends.values()][0]!)
  const meaningOf = (flags: number) => {
    const aspects = aspectsThatDiffer(frontend, { ...frontend, flags: frontend.flags ^ flags })
    return [...aspects].map(aspect => MEANINGS[aspect])
  }
  const { FRONTEND_INTERNAL_DROP, FRONTEND_EXTERNAL_LOCAL, FRONTEND_HOST_ALLOWED, FRONTEND_HOST_DENIED } =
    enums.frontend_flags
  const own = FRONTEND_HOST_ALLOWED | FRONTEND_HOST_DENIED
  expect(meaningOf(FRONTEND_INTERNAL_DROP)).toEqual([
    { text: 'another answer (drop or refuse) without a backend', part: 'endpoints' },
  ])
  expect(meaningOf(FRONTEND_EXTERNAL_LOCAL)).toEqual([{ text: 'another external traffic policy', part: 'exposure' }])
  expect(meaningOf(own)).toEqual([
    { text: 'another answer to processes of the node, by its source ranges', part: 'exposure' },
  ])
  expect(meaningOf(1 << 30)).toEqual([{ text: 'flags that this build does not know', part: 'damage' }])
  const texts = Object.values(enums.frontend_flags).map(flag => meaningOf(flag)[0]!.text)
  expect(new Set(texts).size).toBe(texts.length - 1)
})
