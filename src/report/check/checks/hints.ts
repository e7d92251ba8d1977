// SPDX-License-Identifier: Apache-2.0
import { plainCount } from '../../../base/count.ts'
import type { PortEndpoint } from '../../../compile/endpoints.ts'
import { portKey, serviceKey } from '../../../spec/name.ts'
import type { Problem } from '../../../spec/problem.ts'
import type { Served, SpecCheck } from '../subject.ts'

const KINDS = [
  { field: 'forZones', name: 'zone hint', word: 'for-zones=' },
  { field: 'forNodes', name: 'node hint', word: 'for-nodes=' },
] as const

/** Hints count only when every ready endpoint of a port and family has them: one endpoint without switches them off. */
export const hints: SpecCheck = {
  code: 'hints-ignored',
  about: 'topology hints are on all ready endpoints or on none',
  find({ served }) {
    const problems = new Map<string, Problem>()
    for (const one of served) {
      const ready = one.endpoints.filter(({ endpoint }) => endpoint.ready)
      for (const kind of KINDS) {
        const problem = find(one, ready, kind)
        // Ports that share endpoints have the same problem.
        const key = problem && `${problem.path.join()} ${problem.item} ${kind.field}`
        if (problem && !problems.has(key!)) problems.set(key!, problem)
      }
    }
    return [...problems.values()]
  },
}

function find(one: Served, ready: readonly PortEndpoint[], kind: (typeof KINDS)[number]): Problem | undefined {
  const without = ready.filter(({ endpoint }) => endpoint[kind.field].length === 0)
  const hinted = ready.length - without.length
  if (hinted === 0 || without.length === 0) return undefined
  const culprit = without[0]!.endpoint.address
  const others =
    without.length === 1 ? '' : ` (nor ${without.length === 2 ? 'has' : 'have'} ${without.length - 1} more)`
  return {
    severity: 'warning',
    code: hints.code,
    message: `${portKey(one.service, one.port)}: ${culprit} has no ${kind.name}${others}, so those of ${plainCount(hinted, 'other endpoint')} are ignored on every node`,
    hint: `give each ready endpoint ${kind.word}, or none`,
    path: ['endpoints', serviceKey(one.service)],
    item: culprit,
  }
}
