import { programsFor } from '../kernel/programs.ts'
import { buildBeside } from './build-beside.ts'
import { requirePlace } from './carry-out.ts'
import type { OpenNode } from './node.ts'
import { isDone, type Work } from './work.ts'

/**
 * Does of the work what can be undone, and refuses what apply would: a generation is built, filled, loaded and read back, and
 * removed again; nothing is attached. Exit 5 when that fails, as apply would. Returns what was found out, for people. The node must be
 * locked. Killed in between, it leaves what a killed apply leaves: the next one removes it.
 */
export async function rehearse(node: OpenNode, work: Work): Promise<string> {
  const { rebuild, desired } = work
  if (isDone(work)) return 'nothing is to be done'
  await requirePlace(node, work)
  if (!rebuild) return 'the maps have room for every step, and all programs are attached'
  const { pins } = await buildBeside(node, work, rebuild)
  pins.remove()
  const hooks = programsFor(desired).length
  return `the programs load, the maps hold all entries, and ${hooks} hooks of ${node.target.cgroup} have room; all was removed again`
}
