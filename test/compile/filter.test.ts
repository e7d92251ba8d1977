// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest'
import { foldAddress } from '../../src/base/address.ts'
import { FilterSum } from '../../src/compile/filter-sum.ts'
import { filterHas } from '../../src/datapath/filter.ts'

/** 256 × `rows` addresses in a row, from `prefix`.0.0 on. */
function addresses(prefix: string, rows: number): number[] {
  return Array.from({ length: 256 * rows }, (_, i) => foldAddress(`${prefix}.${i >> 8}.${i & 255}`))
}

function linesOf(folds: readonly number[]): Map<string, string> {
  const filter = new FilterSum()
  for (const fold of folds) filter.add(fold)
  return new Map(filter.takeChanged().flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])))
}

it.each([
  [196, 0.05],
  [40, 0.01],
])('of 256 × %d cluster IPs in a row, the filter has at most %d of the hosts beside', (rows, share) => {
  const lines = linesOf(addresses('10.96', rows))
  for (const prefix of ['172.16', '192.168', '10.244', '10.0']) {
    const hosts = addresses(prefix, 64)
    expect(hosts.filter(fold => filterHas(lines, fold)).length / hosts.length, prefix).toBeLessThan(share)
  }
})

it('has all that was added, until it is removed', () => {
  const filter = new FilterSum()
  const folds = addresses('10.96', 4)
  for (const fold of folds) filter.add(fold)
  const lines = new Map(filter.takeChanged().map(([key, value]) => [key, value!]))
  expect(folds.every(fold => filterHas(lines, fold))).toBe(true)
  for (const fold of folds) filter.remove(fold)
  expect(filter.takeChanged().every(([, value]) => value === undefined)).toBe(true)
})
