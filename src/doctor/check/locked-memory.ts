// SPDX-License-Identifier: Apache-2.0
import { release } from 'node:os'
import { countsLockedMemory, hasEnoughLockedMemory } from '../../host/locked-memory.ts'
import type { Check } from '../check.ts'
import { ok, warn } from '../finding.ts'

export const lockedMemory: Check = {
  name: 'locked-memory',
  about: 'the limit of locked memory leaves room for maps (before Linux 5.11)',
  run() {
    if (!countsLockedMemory()) return ok('this kernel counts maps in memory cgroups, not as locked memory')
    if (hasEnoughLockedMemory()) return ok('locked memory has no limit, or this process may raise it')
    const found = `Linux ${release()} counts maps as locked memory, which this process has a limit of`
    return warn(found, 'ulimit -l unlimited (systemd: LimitMEMLOCK=infinity)')
  },
}
