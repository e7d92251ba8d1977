// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest'
import { encodeDevice } from '../../src/datapath/check.ts'
import { decode } from '../../src/datapath/codec.ts'
import { filterBits, foldPort } from '../../src/datapath/filter.ts'
import { EDGE_STATE_GROUPS, EDGE_STATE_MAPS, type EdgeStateMap, STATE_MAPS } from '../../src/datapath/image.ts'
import { maps } from '../../src/datapath/layout.gen.ts'

/** What the kernel puts before the key of an element. */
const HEADER = 48

it('an element of flows fills two cache lines, and the first ends with key and check', () => {
  const { keySize, valueSize } = maps.flows
  expect([HEADER + keySize + 8, HEADER + keySize + valueSize]).toEqual([64, 128])
})

it('the maps of edges are none of all nodes, and each group is of them', () => {
  expect(STATE_MAPS.filter(name => (EDGE_STATE_MAPS as readonly string[]).includes(name))).toEqual([])
  const grouped: EdgeStateMap[] = EDGE_STATE_GROUPS.flat()
  expect(EDGE_STATE_MAPS.filter(name => !grouped.includes(name))).toEqual(['refusals', 'edge_counts'])
})

it('a destination has a bit of its own for each port and protocol', () => {
  const fold = 0x0a_60_00_0a
  const bits = [foldPort(fold, 80, 6), foldPort(fold, 80, 17), foldPort(fold, 81, 6)].map(fold => filterBits(fold)[0])
  expect(new Set(bits).size).toBe(3)
  for (const bit of bits) expect(bit).toBeLessThan(1 << 19)
})

it('the check value of an edge depends on its interface and every field', () => {
  const edge = { nat4: '192.168.77.1', nat6: 'fd00::1', flags: 0 }
  const checks = [
    encodeDevice(2, edge),
    encodeDevice(3, edge),
    encodeDevice(2, { ...edge, flags: 1 }),
    encodeDevice(2, { ...edge, nat4: '192.168.77.2' }),
    encodeDevice(2, { ...edge, nat6: 'fd00::2' }),
  ].map(value => decode('device', value).check)
  expect(new Set(checks).size).toBe(checks.length)
})
