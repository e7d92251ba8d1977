// SPDX-License-Identifier: Apache-2.0
import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

/** Tests that share the machine: namespaces, cgroups, mounts, a real API server. They run one file at a time. */
const MACHINE = ['kernel', 'kernels', 'live', 'resolvers', 'demo', 'docs'].map(folder => `test/${folder}/**/*.test.ts`)

// No test makes a device of this machine an edge: those that want edges make devices, and name them.
process.env.BALANCING_DEVICE = 'none'

export default defineConfig({
  test: {
    testTimeout: 120_000,
    hookTimeout: 60_000,
    maxConcurrency: availableParallelism(),
    reporters: ['default', './test/closing-line.ts'],
    projects: [
      {
        extends: true,
        test: {
          name: 'pure',
          include: ['test/**/*.test.ts'],
          exclude: MACHINE,
          pool: 'threads',
          isolate: false,
          maxWorkers: '100%',
          setupFiles: ['test/default-runs.ts'],
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: { name: 'machine', include: MACHINE, fileParallelism: false, sequence: { groupOrder: 1 } },
      },
    ],
  },
})
