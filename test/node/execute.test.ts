// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest'
import { EXIT } from '../../src/base/exit.ts'
import type { Bpf } from '../../src/bpf/bpftool/bpf.ts'
import type { Generation } from '../../src/bpf/generation/generation.ts'
import { NO_EDGES } from '../../src/compile/edges.ts'
import { CONFIG_MAPS } from '../../src/datapath/image.ts'
import { maps } from '../../src/datapath/layout.gen.ts'
import type { Changeset } from '../../src/node/changeset.ts'
import { edgeChangeOf } from '../../src/node/edges/edge-change.ts'
import { execute } from '../../src/node/execute.ts'
import type { LockedNode } from '../../src/node/lock-node.ts'

const BPF = {
  run: async () => ({ output: undefined }),
  show: async () => [],
  lookup: async () => [],
  write: async () => undefined,
} as unknown as Bpf

test('a system call that fails once the new state serves is a mixture, neither a bug nor the old state', async () => {
  const refused = Object.assign(new Error('EPERM: operation not permitted, unlink'), {
    code: 'EPERM',
    syscall: 'unlink',
  })
  const current = { maps: new Map(CONFIG_MAPS.map(name => [name, maps[name]])), attached: [] } as unknown as Generation
  const leftover = {
    attached: [],
    manifest: { attachments: [] },
    pins: {
      remove: () => {
        throw refused
      },
    },
  } as unknown as Generation
  const node = { bpf: BPF, target: {}, state: { current, generations: [leftover, current], orphans: [] } }
  const edges = await edgeChangeOf({ current: undefined, generations: [] }, NO_EDGES)
  const changeset = { plan: { steps: [] }, edges, unfinished: 0, orphans: 0 } as unknown as Changeset
  await expect(execute(node as unknown as LockedNode, changeset, () => {})).rejects.toMatchObject({
    exitCode: EXIT.applyFailedMixed,
    message: refused.message,
  })
})
