// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest'
import { affinityEntries } from '../../src/bpf/generation/capacity.ts'
import { compileAt } from '../build/compile.ts'
import { service, specWith } from '../kernel/specs.ts'

test('clients are remembered where a Service has affinity, not where edges look for the backends of flows', () => {
  const udp = { ...service(1, 'p11'), ports: [{ name: 'http', port: 53, protocol: 'UDP' as const, except: [] }] }
  const edges = { devices: [{ device: 'eth0', ifindex: 2, rawIp: false }], otherProxy: false }
  const { image } = compileAt(specWith(udp), 'n1', edges)
  expect([image.pages.size, affinityEntries(image)]).toEqual([1, 1])
  expect(affinityEntries(compileAt(specWith({ ...udp, affinitySeconds: 60 }), 'n1').image)).toBe(65_536)
})
