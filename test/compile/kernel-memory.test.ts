// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest'
import type { Edges } from '../../src/compile/edges.ts'
import { compileAt } from '../build/compile.ts'
import { manyServices } from '../many-services.ts'
import { mapMemory } from '../map-memory.ts'

const EDGES: Edges = {
  devices: [{ device: 'eth0', ifindex: 2, nat4: '10.77.0.1', rawIp: false, xdp: true }],
  otherProxy: false,
}
const MIB = 2 ** 20

/** The kernel is held to these sums in test/kernel/kernel-memory.test.ts. */
it.each([
  ['TCP', false, {}, 44.5],
  ['TCP', true, {}, 52.5],
  ['UDP', false, {}, 46.6],
  ['UDP', true, {}, 54.6],
  ['UDP', true, { affinitySeconds: 10_800 }, 63.1],
] as const)('the maps of 10,000 Services of ten endpoints, %s, XDP %s, %o, fit 64 MiB', (protocol, xdp, more, mib) => {
  const { image } = compileAt(manyServices(protocol, more), 'n1', EDGES)
  const bytes = [...mapMemory(image, xdp, 2).values()].reduce((sum, bytes) => sum + bytes, 0)
  expect(bytes).toBeLessThanOrEqual(64 * MIB)
  expect(bytes / MIB).toBeCloseTo(mib, 1)
})
