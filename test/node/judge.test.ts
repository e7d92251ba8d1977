// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from 'vitest'
import { judge } from '../../src/node/judge.ts'
import type { NodeStatus } from '../../src/node/node-status.ts'

const ENTRY = { revision: 'a'.repeat(64) } as NodeStatus['applied']
const WHOLE = {
  pinDir: '/pins',
  cgroup: '/cgroup',
  revision: 'a'.repeat(64),
  applied: ENTRY,
  drift: [],
  driftUnknown: null,
  damage: [],
  thisBuild: true,
} as unknown as NodeStatus
const DRIFT = { map: 'frontends', what: 'one' } as unknown as NodeStatus['drift'][number]

describe('the judgement of a node', () => {
  test.each<[string, Partial<NodeStatus>, string, RegExp]>([
    ['whole', {}, 'in-sync', /^every entry is as revision a{12} has it$/],
    [
      'one entry differs',
      { drift: [DRIFT] },
      'drifted',
      /^1 entry differs from revision a{12}; the next apply repairs it$/,
    ],
    [
      'two entries, another build',
      { drift: [DRIFT, DRIFT], thisBuild: false },
      'drifted',
      /^2 entries differ .* \(or another build compiles the spec differently\)$/,
    ],
    [
      'another revision',
      { revision: 'b'.repeat(64) },
      'drifted',
      /^the maps say revision b{12}, and a{12} was applied last; the next/,
    ],
    [
      'no history',
      { applied: null, driftUnknown: 'no spec is saved' },
      'unknown',
      /^drift cannot be told: no spec is saved$/,
    ],
    ['nothing serves', { revision: null }, 'nothing-applied', /^to \/cgroup from \/pins$/],
    [
      'damage before anything else',
      { revision: null, drift: [DRIFT], damage: [{ kind: 'generation', message: 'its revision is missing' }] },
      'damaged',
      /^its revision is missing; apply the spec again$/,
    ],
  ])('%s', (_, facts, syncState, reason) => {
    expect(judge({ ...WHOLE, ...facts })).toEqual({ syncState, reason: expect.stringMatching(reason) })
  })
})
