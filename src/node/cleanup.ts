// SPDX-License-Identifier: Apache-2.0
import { existsSync } from 'node:fs'
import { EXIT } from '../base/exit.ts'
import { failure } from '../base/failure.ts'
import type { Bpf } from '../bpf/bpftool/bpf.ts'
import type { NodeState } from '../bpf/generation/node-state.ts'
import { listGenerations } from '../bpf/generation/pins.ts'
import { detach, detachOrphans } from '../bpf/hooks/attach.ts'
import { requireCgroup } from '../host/cgroups.ts'
import { requireNode } from '../host/preflight.ts'
import { removeDirectory } from '../host/remove-directory.ts'
import type { History } from './history/history.ts'
import { lockPins } from './lock-node.ts'
import { formatOrphans } from './orphans.ts'
import { inspectOurs, requireNowhereElse } from './require-ours.ts'
import type { Location } from './target.ts'

const LOCK_SECONDS = 10

interface CleanupResult {
  /** How many programs were detached. */
  detached: number
  /** Whether the pin directory existed. */
  found: boolean
  /** Whether it is gone. A mount point stays, empty. */
  removed: boolean
}

/**
 * Detaches every program of balancing from the cgroup and removes the pin directory and the history. Needs nothing of what
 * this build ships, so any build cleans up after any other, and no cgroup: one that was removed took its programs with it. Refuses (exit 4) orphaned programs unless `force`; a program
 * that cannot be detached is exit 6.
 */
export async function cleanup(location: Location, history: History, force: boolean): Promise<CleanupResult> {
  requireNode(location.pinDir)
  if (existsSync(location.cgroup) || listGenerations(location.pinDir).length === 0) requireCgroup(location.cgroup)
  const found = existsSync(location.pinDir)
  await using locked = await lockPins(location.pinDir, LOCK_SECONDS)
  const state = await inspectOurs(locked.bpf, location)
  await requireNowhereElse(locked.bpf, state, location)
  if (state.orphans.length > 0 && !force) {
    if (!found) removeDirectory(location.pinDir)
    const message = formatOrphans(state.orphans, location.cgroup)
    throw failure(EXIT.nodeNotReady, 'orphaned-programs', message, 'give --force to detach them too')
  }
  const detached = await detachAll(locked.bpf, state, location.cgroup)
  let removed = false
  try {
    history.remove()
  } finally {
    removed = removeDirectory(location.pinDir)
  }
  return { detached, found, removed }
}

/** Detaches all programs and removes their pins. Returns how many programs there were. */
async function detachAll(bpf: Bpf, { orphans, generations }: NodeState, cgroup: string): Promise<number> {
  let programs = orphans.length
  requireDetached(await detachOrphans(bpf, orphans, cgroup))
  for (const generation of generations) {
    programs += generation.attached.length
    requireDetached(await detach(bpf, generation))
    generation.pins.remove()
  }
  return programs
}

function requireDetached(stuck: string | undefined): void {
  if (stuck !== undefined) throw failure(EXIT.applyFailedMixed, 'detach-failed', stuck, 'run balancing cleanup again')
}
