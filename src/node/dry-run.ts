import { programsFor } from '../bpf/programs.ts'
import { type Changeset, isDone } from './changeset.ts'
import { requirePlace } from './execute.ts'
import type { OpenNode } from './open-node.ts'
import { stageGeneration } from './stage-generation.ts'

/**
 * Does of the work what can be undone, and refuses what apply would: a generation is built, filled, loaded and read back, and
 * removed again; nothing is attached. Exit 5 when that fails, as apply would. Returns what was found out, for people. The node must be
 * locked. Killed in between, it leaves what a killed apply leaves: the next one removes it.
 */
export async function dryRun(node: OpenNode, changeset: Changeset): Promise<string> {
  const { rebuild, desired } = changeset
  if (isDone(changeset)) return 'nothing is to be done'
  await requirePlace(node, changeset)
  if (!rebuild) return 'the maps have room for every step, and all programs are attached'
  const { pins } = await stageGeneration(node, changeset, rebuild)
  pins.remove()
  const hooks = programsFor(desired).length
  return `the programs load, the maps hold all entries, and ${hooks} hooks of ${node.target.cgroup} have room; all was removed again`
}
