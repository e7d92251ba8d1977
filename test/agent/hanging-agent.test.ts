// SPDX-License-Identifier: Apache-2.0
import { expect, onTestFinished, test } from 'vitest'
import type { Dataplane } from '../../src/agent/dataplane.ts'
import { PinnedAgent } from '../../src/agent/pinned-agent.ts'
import { Progress } from '../../src/agent/progress.ts'
import { Status } from '../../src/agent/status.ts'

const MINUTE = 60_000

test.each<[string, object, boolean]>([
  ['an apply that hangs', { apply: () => new Promise<never>(() => {}) }, false],
  ['a look that hangs', { damage: () => new Promise<never>(() => {}) }, false],
  ['nothing that hangs', {}, true],
])('whether an agent is healthy after a minute of %s', async (_, hanging, isHealthy) => {
  let now = 0
  const progress = new Progress(() => now)
  const applied = { changeset: { edges: { edges: [] }, plan: { steps: [] } }, revision: 'r' }
  const fine = {
    ...{ isShadow: true, programs: '', served: undefined, apply: async () => applied, damage: async () => undefined },
    ...{ adopt: async () => false, findEdgeChange: async () => undefined, edgeFigures: async () => undefined },
  }
  const agent = new PinnedAgent(
    {
      dataplane: { ...fine, ...hanging } as unknown as Dataplane,
      ...{ node: 'n1', pace: { resync: MINUTE, look: 5 }, status: new Status('pinned', 'n1'), progress },
      ...{ ports: { follow: () => {} }, log: () => {} },
    },
    async () => ({ nodes: [{ name: 'n1', addresses: [] }], services: [] }),
  )
  await agent.start('nothing was applied')
  const stop = new AbortController()
  void agent.run(stop.signal)
  onTestFinished(() => stop.abort())
  await new Promise(resolve => setTimeout(resolve, 50))
  now = MINUTE - 1
  expect(agent.health()).toMatchObject({ isHealthy: true })
  now = MINUTE
  expect(agent.health()).toMatchObject({ isHealthy })
})
