// SPDX-License-Identifier: Apache-2.0
import { programsFor } from '../bpf/generation/programs.ts'
import { type Changeset, isEmpty } from './changeset.ts'
import type { EventSink } from './events.ts'
import { requireTargetCgroup } from './execute.ts'
import type { LockedNode } from './lock-node.ts'
import { stageGeneration } from './stage-generation.ts'

/** How much of a changeset a dry run has tried. */
export type Tried =
  /** The changeset is empty. */
  | { kind: 'nothing' }
  /** The maps have room for every step: nothing else can be tried. `toAttach`: how many programs devices lack, if any. */
  | { kind: 'update'; toAttach?: number }
  /** A generation was staged and removed again: the programs load, the maps hold all entries, `hooks` have room. */
  | { kind: 'staged'; hooks: number; cgroup: string }

/**
 * Does of a changeset what can be undone, and refuses what apply would refuse: stages a generation (maps filled, programs loaded, all
 * read back) and removes it. Attaches nothing. Exit 5 when that fails. Killed meanwhile, it leaves what a killed apply leaves: the
 * next apply removes it.
 */
export async function dryRun(node: LockedNode, changeset: Changeset, events: EventSink): Promise<Tried> {
  const { rebuild, desired } = changeset
  if (isEmpty(changeset)) return { kind: 'nothing' }
  await requireTargetCgroup(node, changeset)
  const toAttach = changeset.edges.missing.length
  if (!rebuild) return toAttach === 0 ? { kind: 'update' } : { kind: 'update', toAttach }
  const { pins } = await stageGeneration(node, changeset, rebuild, events)
  pins.remove()
  return { kind: 'staged', hooks: programsFor(desired).length, cgroup: node.target.cgroup }
}
