// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest'
import { compileAt } from '../build/compile.ts'
import { service, specWith, vip } from '../kernel/specs.ts'

test('a list that only a hidden frontend has is in no map', () => {
  // The address is served as a load balancer's, so policy Local of the cluster IP decides nothing.
  const twice = { ...service(1, 'p11', 'p21'), loadBalancerIPs: [vip(1)], internalTrafficPolicy: 'Local' as const }
  const { image, frontends } = compileAt(specWith({ ...twice, affinitySeconds: 60 }), 'n1')
  expect(frontends.map(({ kind }) => kind)).toEqual(['clusterIP', 'loadBalancer'])
  expect([image.frontends.size, image.pages.size, image.members.size]).toEqual([1, 1, 0])
})
