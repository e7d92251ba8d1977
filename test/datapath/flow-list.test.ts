// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest'
import { encode } from '../../src/datapath/codec.ts'
import { evictedOf, sumFlowCounts, tallyFlows } from '../../src/datapath/flow-list.ts'
import { enums } from '../../src/datapath/layout.gen.ts'

const { LISTED_UDP, LISTED_IPV6, LISTED_PAIR, LISTED_RETURN } = enums.listed_flow
const counts = (made: bigint, deleted: bigint, begun: bigint) => encode('flow_counts', { made, deleted, begun })

it('a flow is its arrival; its pair and its return are records', () => {
  const tcp4 = [0, LISTED_PAIR]
  const udp6 = [0, LISTED_PAIR, LISTED_RETURN].map(kind => kind | LISTED_UDP | LISTED_IPV6)
  expect(tallyFlows(Uint8Array.from([...tcp4, ...tcp4, ...udp6]))).toEqual({
    inUse: 3,
    tcp: 2,
    udp: 1,
    ipv4: 2,
    ipv6: 1,
    masqueraded: 1,
    records: 7,
  })
})

it('what was made, and neither deleted nor is there, was evicted; a record that came after the count is none', () => {
  const sum = sumFlowCounts([counts(10n, 1n, 0n), counts(5n, 3n, 7_000_000_000n)])!
  expect(sum).toEqual({ left: 11, begun: 7000 })
  expect([8, 11, 12].map(records => evictedOf(sum, { records }))).toEqual([3, 0, 0])
})

it('counts that never began are unknown', () => {
  expect(sumFlowCounts([])).toBeUndefined()
  expect(sumFlowCounts([counts(4n, 0n, 0n)])).toBeUndefined()
})
