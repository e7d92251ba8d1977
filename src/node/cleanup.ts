// SPDX-License-Identifier: Apache-2.0
import { existsSync } from 'node:fs'
import { EXIT } from '../base/exit.ts'
import { Failure, failure } from '../base/failure.ts'
import type { Bpf } from '../bpf/bpftool/bpf.ts'
import type { NodeState } from '../bpf/generation/node-state.ts'
import { listGenerations } from '../bpf/generation/pins.ts'
import { detach, detachOrphans } from '../bpf/hooks/attach.ts'
import { devicePoints, removeOwnQdiscs } from '../bpf/hooks/own-qdisc.ts'
import { requireCgroup } from '../host/cgroups.ts'
import { requireNode } from '../host/preflight.ts'
import { removeDirectory } from '../host/remove-directory.ts'
import type { Removed } from './history/directory.ts'
import type { History } from './history/history.ts'
import { lockPins } from './lock-node.ts'
import { formatOrphans } from './orphans.ts'
import { inspectOurs, requireNowhereElse } from './require-ours.ts'
import type { Location } from './target.ts'

const LOCK_SECONDS = 10

export interface CleanupResult {
  /** How many programs were detached. */
  detached: number
  /** What became of the pin directory. A mount point stays, empty. */
  pins: Removed
  history: Removed
}

/**
 * Detaches every program of balancing from the cgroup and removes the pin directory and the history. Needs nothing of what
 * this build ships, so any build cleans up after any other, and no cgroup: one that was removed took its programs with it. Refuses (exit 4) orphaned
 * programs unless `force`. Exit 6 for a program that cannot be detached, and for a history that is left after all programs are detached.
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
  const isGone = removeDirectory(location.pinDir)
  const pins = isGone ? (found || detached > 0 ? 'removed' : 'none') : 'emptied'
  return { detached, pins, history: removeHistory(history, pins !== 'none') }
}

/** `isChanged`: the node is no longer as it was, so a history that cannot be removed is what is left of it. */
function removeHistory(history: History, isChanged: boolean): Removed {
  try {
    return history.remove()
  } catch (error) {
    if (!(error instanceof Failure) || !isChanged) throw error
    const message = `the programs are detached and their pins are removed, but the history is left: ${error.message}`
    const hint = 'mend that, or remove the directory by hand; balancing cleanup can be run again'
    throw failure(EXIT.applyFailedMixed, 'history-left', message, hint)
  }
}

/** Detaches all programs and removes their pins. Returns how many programs there were. */
async function detachAll(bpf: Bpf, { orphans, generations }: NodeState, cgroup: string): Promise<number> {
  let programs = orphans.length
  requireDetached(await detachOrphans(bpf, orphans, cgroup))
  for (const generation of generations) {
    programs += generation.attached.length
    requireDetached((await detach(bpf, generation)) ?? (await removeOwnQdiscs(devicePoints(generation))))
    generation.pins.remove()
  }
  return programs
}

function requireDetached(stuck: string | undefined): void {
  if (stuck !== undefined) throw failure(EXIT.applyFailedMixed, 'detach-failed', stuck, 'run balancing cleanup again')
}
