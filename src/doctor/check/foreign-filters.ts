// SPDX-License-Identifier: Apache-2.0
import { formatFilter } from '../../bpf/hooks/foreign-filters.ts'
import { edgeCheck } from '../edges.ts'
import { ok, warn } from '../finding.ts'
import { CALICO, CILIUM } from '../known-proxies.ts'

export const foreignFilters = edgeCheck(
  'foreign-filters',
  'no foreign program sees the packets of an edge before ours',
  async (_, machine) => {
    const { foreignFilters } = (await machine.node()).status
    if (foreignFilters.length === 0) return ok('no foreign program is before ours at the edges')
    const isKnown = foreignFilters.some(({ name }) => [CILIUM, CALICO].some(({ filter }) => filter.test(name)))
    return warn(
      `${foreignFilters.map(formatFilter).join(', ')}: packets meet it before our programs, and never ours if it ends the chain`,
      isKnown
        ? 'let one of both serve packets from outside: switch off the kube-proxy replacement of the other, or give --device none'
        : 'find out who attached it, and whether it passes packets on (TC_ACT_UNSPEC)',
    )
  },
)
